#include "orchestrator/campaign/campaign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nodes/base/error.hpp"
#include "nodes/base/units.hpp"
#include "orchestrator/campaign/settings.hpp"
#include "orchestrator/config/problems.hpp"
#include "orchestrator/config/spelling.hpp"
#include "orchestrator/config/table.hpp"
#include "orchestrator/lab/link_choice.hpp"

namespace segue::campaign {

namespace {

using config::Table;
using config::Value;

constexpr std::int64_t most_repetitions = 1'000'000;

class Reader {
 public:
  Reader(Campaign& campaign, config::Problems& problems) : campaign_(campaign), problems_(problems) {}

  void read(const Value& document) {
    Table root(document, "", problems_);
    read_runs(root);
    if (const Value* value = root.table("stop")) read_stop(*value);
    if (const Value* value = root.table("groups")) read_groups(*value);
    if (const Value* value = root.table("set")) read_fixed(*value);
    if (const Value* value = root.table("sweep")) read_sweep(*value);
    if (const auto* items = root.array("zip")) {
      for (const Value& item : *items) read_zip(item);
    }
    check_names();
    if (const auto* items = root.array("exclude")) {
      for (const Value& item : *items) read_exclusion(item);
    }
    if (const Value* value = root.table("crossing")) read_crossing(*value);
    root.finish();
  }

 private:
  void read_runs(Table& root) {
    campaign_.title = root.text("title").value_or(campaign_.name);
    if (const auto lab = root.text("lab")) {
      campaign_.lab = campaign_.file.parent_path() / *lab;
      campaign_.names_lab = true;
    }
    campaign_.mechanisms_line = root.line_of("mechanisms");
    campaign_.probes_line = root.line_of("probes");
    campaign_.mechanisms = root.texts("mechanisms").value_or(std::vector<std::string>{});
    campaign_.probes = root.texts("probes").value_or(std::vector<std::string>{"voip", "iperf-udp", "iperf-tcp"});
    for (const char* key : {"mechanisms", "probes"}) refuse_empty_and_twice(root, key);
    const auto family = root.integer("family", 4, 6).value_or(6);
    if (family == 5) root.problem(root.line_of("family"), "family: 4 or 6");
    campaign_.family = family == 4 ? Family::ipv4 : Family::ipv6;
    campaign_.family_line = root.line_of("family");
    campaign_.handovers = static_cast<unsigned>(root.integer("handovers", 1, 10'000).value_or(8));
    campaign_.interval = root.parsed("interval", parse_delay);
    if (campaign_.interval && *campaign_.interval < std::chrono::milliseconds(100)) {
      root.problem(root.line_of("interval"), "interval: a handover needs 100ms at least");
    }
    campaign_.repetitions = static_cast<unsigned>(root.integer("repetitions", 1, most_repetitions).value_or(1));
    campaign_.seed = static_cast<std::uint64_t>(root.integer("seed", 0, std::int64_t{1} << 53).value_or(1));
    campaign_.keep_packets = root.boolean("keep-packets").value_or(false);
    campaign_.links = root.text("links").value_or("auto");
    if (!lab::find_link_choice(campaign_.links)) {
      root.problem(root.line_of("links"), fmt::format("links: {}", lab::link_choices));
    }
    const auto order = root.text("order").value_or("random");
    campaign_.random_order = order == "random";
    if (order != "random" && order != "file") root.problem(root.line_of("order"), "order: \"random\" or \"file\"");
    campaign_.timeout = root.parsed("timeout", parse_delay).value_or(campaign_.timeout);
    if (campaign_.timeout == Delay{0}) root.problem(root.line_of("timeout"), "timeout: nothing runs in no time");
  }

  void refuse_empty_and_twice(Table& root, const char* key) {
    auto given = root.texts(key);
    if (!given) return;
    if (given->empty()) root.problem(root.line_of(key), fmt::format("{}: the list is empty", key));
    std::sort(given->begin(), given->end());
    const auto twice = std::adjacent_find(given->begin(), given->end());
    if (twice != given->end()) root.problem(root.line_of(key), fmt::format("{}: \"{}\" is named twice", key, *twice));
  }

  void read_stop(const Value& value) {
    Table table(value, "stop", problems_);
    StopRule rule;
    table.require("until", "\"ci95 < 2%\"");
    const auto until = table.parsed("until", [&](std::string_view text) {
      parse_until(text, rule);
      return true;
    });
    if (const auto names = table.texts("of")) {
      rule.of.clear();
      for (const auto& name : *names) read_metric(table, "of", name, [&](Metric metric) { rule.of.push_back(metric); });
    }
    rule.at_least = static_cast<unsigned>(table.integer("at-least", 2, most_repetitions).value_or(3));
    rule.at_most = static_cast<unsigned>(table.integer("at-most", 2, most_repetitions).value_or(100));
    if (rule.at_most < rule.at_least) table.problem(table.line_of("at-most"), "at-most: it is less than at-least");
    table.finish();
    if (until) campaign_.stop = rule;
  }

  template <typename Take>
  void read_metric(Table& table, const char* key, const std::string& name, Take take) {
    if (const auto metric = metric_named(name)) return take(*metric);
    std::vector<std::string_view> known;
    known.reserve(std::size(metrics));
    for (const Metric metric : metrics) known.push_back(to_text(metric));
    table.problem(table.line_of(key), fmt::format("{} {}", key, config::unknown(name, known)));
  }

  void read_groups(const Value& value) {
    Table group(value, "groups", problems_);
    for (const auto& entry : value.entries) {
      const auto members = group.texts(entry.key);
      if (members && members->empty()) group.problem(entry.line, fmt::format("{}: it has no members", entry.key));
      if (members) campaign_.groups.emplace_back(entry.key, *members);
    }
  }

  void read_fixed(const Value& value) {
    for (auto& setting : read_settings(value, "set", problems_)) {
      if (setting.values.size() > 1) {
        problems_.add(setting.line, "set", setting.name + ": one value is wanted; several belong under [sweep]");
        continue;
      }
      names_.emplace_back(setting.name, setting.line);
      campaign_.fixed.push_back({setting.name, setting.values.front(), setting.line});
    }
  }

  void read_sweep(const Value& value) {
    for (auto& setting : read_settings(value, "sweep", problems_)) {
      Axis axis{.names = {setting.name}, .points = {}, .line = setting.line};
      for (auto& one : setting.values) axis.points.push_back({std::move(one)});
      add(std::move(axis), "sweep");
    }
  }

  void read_zip(const Value& value) {
    Axis axis{.names = {}, .points = {}, .line = value.line};
    for (auto& setting : read_settings(value, "zip", problems_)) {
      if (axis.names.empty()) axis.points.resize(setting.values.size());
      if (setting.values.size() != axis.points.size()) {
        problems_.add(setting.line, "zip",
                      fmt::format("{}: {} values, but {} has {}", setting.name, setting.values.size(),
                                  axis.names.front(), axis.points.size()));
        return;
      }
      axis.names.push_back(setting.name);
      for (std::size_t i = 0; i < setting.values.size(); ++i) axis.points[i].push_back(std::move(setting.values[i]));
    }
    if (!axis.names.empty()) add(std::move(axis), "zip");
  }

  void add(Axis axis, const char* object) {
    std::set<std::vector<std::string>> seen;
    for (const auto& point : axis.points) {
      if (!seen.insert(point).second) {
        problems_.add(axis.line, object, fmt::format("\"{}\" is there twice", point.front()));
      }
    }
    for (const auto& name : axis.names) names_.emplace_back(name, axis.line);
    campaign_.axes.push_back(std::move(axis));
  }

  void check_names() {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const auto& [name, line] = names_[i];
      if (!name.starts_with("links.") && !name.starts_with("nodes.") && !name.starts_with("mechanism.")) {
        problems_.add(line, "", name + ": it begins with links., nodes. or mechanism., as links.map-ar1.delay does");
      }
      for (std::size_t j = 0; j < i; ++j) {
        if (names_[j].first == name)
          problems_.add(line, "", fmt::format("{}: set in line {} too", name, names_[j].second));
      }
    }
  }

  void read_exclusion(const Value& value) {
    Exclusion exclusion{.all_of = {}, .line = value.line};
    for (auto& setting : read_settings(value, "exclude", problems_)) {
      if (setting.name != "mechanism" && setting.name != "probe" && !swept(setting.name)) {
        problems_.add(setting.line, "exclude", setting.name + ": neither mechanism, nor probe, nor a swept name");
      }
      exclusion.all_of.emplace_back(setting.name, std::move(setting.values));
    }
    if (exclusion.all_of.empty()) problems_.add(value.line, "exclude", "it names nothing, and would leave out all");
    campaign_.exclusions.push_back(std::move(exclusion));
  }

  bool swept(const std::string& name) const {
    return std::any_of(campaign_.axes.begin(), campaign_.axes.end(), [&](const Axis& axis) {
      return std::find(axis.names.begin(), axis.names.end(), name) != axis.names.end();
    });
  }

  void read_crossing(const Value& value) {
    Table table(value, "crossing", problems_);
    Crossing crossing;
    if (const auto of = table.text("of")) read_metric(table, "of", *of, [&](Metric metric) { crossing.of = metric; });
    table.require("limit", "\"50ms\"");
    table.require("along", "\"links.domain.delay\"");
    if (is_time(crossing.of)) {
      const auto limit = table.parsed("limit", parse_delay);
      if (limit) crossing.limit = static_cast<double>(limit->count()) / 1e9;
    } else {
      crossing.limit = table.number("limit").value_or(0);
    }
    crossing.limit_text = table.scalar("limit").value_or("");
    crossing.along = table.text("along").value_or("");
    if (!crossing.along.empty() && !swept(crossing.along)) {
      table.problem(table.line_of("along"), fmt::format("along: \"{}\" is not swept", crossing.along));
    }
    table.finish();
    campaign_.crossing = crossing;
  }

  Campaign& campaign_;
  config::Problems& problems_;
  std::vector<std::pair<std::string, unsigned>> names_;
};

}  // namespace

std::string shown_name(const std::filesystem::path& file) {
  return file.parent_path().filename() == "campaigns" ? "campaigns/" + file.filename().string()
                                                      : file.filename().string();
}

Campaign load_campaign(const std::filesystem::path& file) {
  Campaign campaign;
  campaign.file = std::filesystem::absolute(file).lexically_normal();
  campaign.name = file.stem();
  campaign.lab = campaign.file.parent_path().parent_path();
  const std::string shown = shown_name(campaign.file);
  config::Problems problems(shown);
  Reader(campaign, problems).read(config::parse_toml(config::read_file(file), shown));
  problems.throw_if_any();
  campaign.lab = campaign.lab.lexically_normal();
  return campaign;
}

}  // namespace segue::campaign
