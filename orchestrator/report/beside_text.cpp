#include "orchestrator/report/beside_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "orchestrator/report/columns.hpp"

namespace segue::report {

namespace {

std::string plain(double value) {
  if (std::isinf(value)) return "no end";
  return std::isfinite(value) ? fmt::format("{:.2f}", value) : "-";
}

bool says_something(const Beside& one) {
  constexpr double visible = 0.005;
  return one.measured >= visible || one.expected >= visible;
}

// The names of the figures that have a column, in their order.
std::vector<std::string_view> shown(const std::vector<Row>& rows) {
  std::vector<std::string_view> names;
  std::vector<std::string_view> seen;
  const auto add_once = [](std::vector<std::string_view>& all, std::string_view name) {
    if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
  };
  for (const Row& row : rows) {
    for (const Beside& one : row.beside) {
      add_once(names, one.name);
      if (says_something(one)) add_once(seen, one.name);
    }
  }
  std::erase_if(names, [&](std::string_view name) { return std::find(seen.begin(), seen.end(), name) == seen.end(); });
  return names;
}

}  // namespace

std::string beside_text(const std::vector<Row>& rows) {
  const auto names = shown(rows);
  if (names.empty()) return {};
  std::vector<std::vector<std::string>> lines{{"of a call", ""}, {"mechanism", "way"}};
  for (const auto name : names) {
    const auto* one = static_cast<const Beside*>(nullptr);
    for (const Row& row : rows) {
      for (const Beside& beside : row.beside) one = beside.name == name ? &beside : one;
    }
    const bool unit = *one->unit != '\0';
    lines[0].push_back(unit ? fmt::format("{} [{}]", name, one->unit) : std::string(name));
    lines[0].emplace_back();
    lines[1].insert(lines[1].end(), {"measured", "analytic"});
  }
  for (const Row& row : rows) {
    for (const std::string_view direction : {"up", "down"}) {
      std::vector<std::string> line{row.mechanism, std::string(direction)};
      for (const Beside& one : row.beside) {
        if (one.direction != direction || std::find(names.begin(), names.end(), one.name) == names.end()) continue;
        line.push_back(plain(one.measured));
        line.push_back(plain(one.expected));
      }
      if (line.size() > 2) lines.push_back(std::move(line));
    }
  }
  return '\n' + in_columns(lines, 2, 3);
}

}  // namespace segue::report
