#include "orchestrator/report/openmetrics.hpp"

#include <fmt/format.h>

#include <string_view>

namespace segue::report {

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
// Well inside the time that a dashboard's rates look at, forty seconds at least.
constexpr std::int64_t at_least_every_ns = 15 * second_ns;

// A counter's family has the name of its samples without the suffix.
std::string_view family_name(std::string_view name, std::string_view type) {
  constexpr std::string_view suffix = "_total";
  if (type == "counter" && name.ends_with(suffix)) name.remove_suffix(suffix.size());
  return name;
}

}  // namespace

void OpenMetrics::add(std::int64_t time_ns, const std::vector<metrics::Snapshot>& snapshots) {
  for (const metrics::Snapshot& snapshot : snapshots) {
    Family& family = families_[snapshot.name];
    family.type = snapshot.type;
    family.help = snapshot.help;
    for (const metrics::Series& series : snapshot.series) {
      const auto [found, fresh] = family.index.emplace(series.name, family.series.size());
      if (fresh) family.series.emplace_back(series.name, std::vector<Point>{});
      auto& points = family.series[found->second].second;
      const bool same = !points.empty() && points.back().value == series.value;
      if (!same || time_ns - points.back().time_ns >= at_least_every_ns) points.push_back({time_ns, series.value});
    }
  }
}

std::string OpenMetrics::text() const {
  std::string text;
  for (const auto& [name, family] : families_) {
    const auto base = family_name(name, family.type);
    text += fmt::format("# TYPE {} {}\n# HELP {} {}\n", base, family.type, base, family.help);
    for (const auto& [series, points] : family.series) {
      for (const Point& point : points) {
        text +=
            fmt::format("{} {} {}.{:09}\n", series, point.value, point.time_ns / second_ns, point.time_ns % second_ns);
      }
    }
  }
  return text + "# EOF\n";
}

}  // namespace segue::report
