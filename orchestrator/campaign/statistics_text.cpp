#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "orchestrator/campaign/statistics.hpp"
#include "orchestrator/record/verdict.hpp"
#include "orchestrator/report/columns.hpp"

namespace segue::campaign {

namespace {

std::string with_error(const report::Summary& summary, double scale, int digits) {
  if (summary.n == 0) return "-";
  auto mean = fmt::format("{:.{}f}", summary.mean * scale, digits);
  if (std::isnan(summary.ci95)) return mean;
  return fmt::format("{} ± {:.{}f}", mean, summary.ci95 * scale, digits);
}

std::string beside(double value, double scale, int digits) {
  return std::isnan(value) ? "" : fmt::format(" ({:.{}f})", value * scale, digits);
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t seen = report::width_of(text);
  return text + std::string(seen < width ? width - seen : 1, ' ');
}

std::string name_of(const Plan& plan, std::size_t cell) {
  std::string name = plan.mechanisms[plan.cells[cell].mechanism].name;
  for (std::size_t i = 0; i < plan.parameters.size(); ++i) {
    name += fmt::format("  {}={}", plan.parameters[i], plan.cells[cell].values[i]);
  }
  return name;
}

std::string row(const Plan& plan, const Statistics& statistics, const std::vector<std::size_t>& cells,
                std::size_t width) {
  const auto gather = [&](Metric metric) {
    std::vector<double> values;
    for (const auto cell : cells) {
      const auto more = statistics.values(cell, metric);
      values.insert(values.end(), more.begin(), more.end());
    }
    return report::summarise(values);
  };
  std::array<double, 3> expected{NAN, NAN, NAN};
  std::vector<double> retransmissions;
  std::size_t clean = 0;
  std::size_t not_known = 0;
  std::size_t made = 0;
  for (const auto cell : cells) {
    const CellData& data = statistics.cells()[cell];
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (std::isnan(expected[i])) expected[i] = data.expected[i].value();
    }
    clean += data.clean_handovers;
    not_known += data.not_known_handovers;
    made += data.made;
    for (const auto& measured : data.handovers) retransmissions.push_back(measured.retransmissions);
  }
  return padded(name_of(plan, cells.front()), width) +
         padded(with_error(gather(Metric::completion), 1e3, 2) + beside(expected[0], 1e3, 2), 26) +
         padded(with_error(gather(Metric::lost_uplink), 1, 2) + beside(expected[1], 1, 2), 22) +
         padded(with_error(gather(Metric::lost_downlink), 1, 2) + beside(expected[2], 1, 2), 22) +
         padded(with_error(report::summarise(retransmissions), 1, 2), 18) + record::tally(clean, not_known, made) +
         '\n';
}

std::string in_its_unit(const Plan& plan, const std::string& parameter, double value) {
  const auto at = std::find(plan.parameters.begin(), plan.parameters.end(), parameter) - plan.parameters.begin();
  const auto quantity = quantity_of(parameter, plan.cells.front().values[static_cast<std::size_t>(at)]);
  if (quantity.unit == "s") return fmt::format("{:.4g} ms", value * 1e3);
  return fmt::format("{:.4g}{}{}", value, quantity.unit.size() > 1 ? " " : "",
                     quantity.unit.size() > 1 ? quantity.unit : "");
}

std::string crossings_text(const Plan& plan, const Statistics& statistics) {
  if (!plan.campaign.crossing) return {};
  const Crossing& crossing = *plan.campaign.crossing;
  auto text =
      fmt::format("\nLargest {} with a mean {} below {}:\n", crossing.along, to_text(crossing.of), crossing.limit_text);
  for (const auto& point : statistics.crossings()) {
    text +=
        fmt::format("  {}, {}: {}", plan.mechanisms[plan.cells[point.cell].mechanism].name,
                    experiment::to_text(plan.cells[point.cell].probe), point.largest.value_or("none of those tried"));
    if (point.fitted) {
      text += "; the straight line meets it at " + in_its_unit(plan, crossing.along, *point.fitted);
      if (point.expected) text += fmt::format(" ({})", in_its_unit(plan, crossing.along, *point.expected));
    }
    text += '\n';
  }
  return text;
}

std::string left_out(const Statistics& statistics) {
  std::size_t tainted = 0;
  std::size_t failed = 0;
  std::size_t handovers = 0;
  for (const auto& cell : statistics.cells()) {
    tainted += cell.tainted;
    failed += cell.failed;
    handovers += cell.failed_handovers;
  }
  std::string text;
  if (handovers > 0) text += fmt::format("{} handovers failed.\n", handovers);
  if (tainted > 0) text += fmt::format("{} attempts at a run were tainted and are in no mean.\n", tainted);
  if (failed > 0) text += fmt::format("{} runs failed.\n", failed);
  return text;
}

}  // namespace

std::string to_text(const Plan& plan, const Statistics& statistics) {
  std::size_t width = 12;
  for (const auto& cells : statistics.rows()) width = std::max(width, name_of(plan, cells.front()).size() + 2);
  std::string text = statistics.interrupted() ? "Interrupted; of the runs that there are:\n" : "";
  text += padded("mechanism", width) + padded("completion, ms", 26) + padded("lost uplink", 22) +
          padded("lost downlink", 22) + padded("retransmissions", 18) + "handovers\n";
  for (const auto& cells : statistics.rows()) text += row(plan, statistics, cells, width);
  text += "A handover, of those complete and not tainted. In brackets: the analysis. ±: 95 % confidence.\n";
  return text + left_out(statistics) + crossings_text(plan, statistics);
}

}  // namespace segue::campaign
