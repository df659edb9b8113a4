#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <string_view>
#include <vector>

#include "orchestrator/report/columns.hpp"
#include "orchestrator/report/explanation.hpp"

namespace segue::report {

namespace {

using record::Explanation;
using Lines = std::vector<std::vector<std::string>>;

std::string milliseconds(double ns) {
  if (std::isinf(ns)) return "no end";
  return std::abs(ns) < 0.5 ? std::string() : fmt::format("{:.3f}", ns / 1e6);
}

// 2 and not 2.000; halves and less as they are.
std::string slope(double value) {
  if (std::abs(value) < 5e-4) return {};
  return std::abs(value - std::round(value)) < 5e-4 ? fmt::format("{:.0f}", value) : fmt::format("{:.3f}", value);
}

// What was measured of the same gaps; an outage is none of these, since nobody sends without a pause.
record::Gaps measured_gaps(const Row& row) {
  record::Gaps gaps;
  if (row.completion_s.measured.n > 0) gaps.completion = row.completion_s.measured.mean * 1e9;
  for (const Beside& one : row.beside) {
    if (one.name != std::string_view("interruption")) continue;
    auto& gap = one.direction == std::string_view("up") ? gaps.interruption_uplink : gaps.interruption_downlink;
    if (std::isfinite(one.measured)) gap = one.measured * 1e6;
  }
  return gaps;
}

std::string parts_text(const Explanation& explanation, const std::vector<Row>& measured) {
  Lines lines{{explanation.mechanism, "[ms]", ""}};
  for (const auto& figure : record::gap_figures) lines[0].emplace_back(figure.heading);
  const auto add = [&lines](std::vector<std::string> line, const record::Gaps& gaps) {
    for (const auto& figure : record::gap_figures) line.push_back(milliseconds(gaps.*figure.member));
    lines.push_back(std::move(line));
  };
  for (const auto& part : explanation.parts) add({part.kind, part.of, part.over}, part.ns);
  add({"together", "", ""}, explanation.whole);
  for (const Row& row : measured) {
    if (row.mechanism == explanation.mechanism) add({"measured", "", ""}, measured_gaps(row));
  }
  return in_columns(lines, 3);
}

// Only those columns in which something stands.
std::string savings_text(const Explanation& explanation) {
  Lines lines{{"a millisecond less of", "now [ms]"}};
  for (const auto& saving : explanation.savings) {
    lines.push_back({saving.parameter, fmt::format("{:.3f}", static_cast<double>(saving.now_ns) / 1e6)});
  }
  const auto add = [&](const char* heading, const auto& value_of) {
    std::vector<std::string> column{heading};
    bool any = false;
    for (const auto& saving : explanation.savings) {
      column.push_back(value_of(saving));
      any = any || !column.back().empty();
    }
    for (std::size_t i = 0; any && i < lines.size(); ++i) lines[i].push_back(std::move(column[i]));
  };
  for (const auto& figure : record::gap_figures) {
    add(figure.heading, [&](const record::Saving& saving) { return slope(saving.ns.*figure.member); });
  }
  for (const auto& figure : record::gap_packet_figures) {
    add(figure.heading, [&](const record::Saving& saving) { return slope(saving.packets.*figure.member * 1e6); });
  }
  return in_columns(lines, 1);
}

std::string to_text(const Explanation& explanation, const std::vector<Row>& measured) {
  std::string text =
      fmt::format("\n  where the gap went, {} to {}, by the analysis:\n\n", explanation.from, explanation.to) +
      parts_text(explanation, measured);
  if (!explanation.drawn.empty()) {
    text += fmt::format("  {}: drawn at random for each handover, and taken for the mean\n",
                        fmt::join(explanation.drawn, ", "));
  }
  if (explanation.savings.empty()) return text;
  return text + "\n  what that saves: ms of a gap, and packets\n\n" + savings_text(explanation);
}

}  // namespace

std::string to_text(const std::vector<Explanation>& explanations, const std::vector<Row>& measured) {
  std::string text;
  for (const auto& explanation : explanations) text += to_text(explanation, measured);
  return text;
}

}  // namespace segue::report
