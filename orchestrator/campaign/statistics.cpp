#include "orchestrator/campaign/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "orchestrator/report/evaluation.hpp"

namespace segue::campaign {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr std::array compared{Metric::completion, Metric::lost_uplink, Metric::lost_downlink};

constexpr std::size_t index_of(Metric metric) { return static_cast<std::size_t>(metric); }

void add_throughput(const Plan& plan, CellData& cell, std::size_t mechanism, const record::RunResult& result) {
  if (result.throughput.empty()) return;
  report::Evaluation evaluation;
  evaluation.runs.push_back(result);
  report::evaluate(evaluation, {plan.mechanisms[mechanism]});
  for (const auto& row : evaluation.throughput) {
    if (std::isfinite(row.between_bps.mean)) cell.between_bps.push_back(row.between_bps.mean);
    if (std::isfinite(row.lowest_bps)) cell.lowest_bps = std::fmin(cell.lowest_bps, row.lowest_bps);
  }
}

// Where the straight line through the points meets `limit`, if it rises to it.
std::optional<double> meets(double limit, const std::vector<double>& x, const std::vector<double>& y) {
  const auto line = report::regress(x, y);
  const double at = (limit - line.intercept) / line.slope;
  if (line.slope > 0 && std::isfinite(at) && at >= 0) return at;
  return std::nullopt;
}

// NaN for what has no analysis.
double expected_of(const CellData& cell, Metric metric) {
  for (std::size_t i = 0; i < compared.size(); ++i) {
    if (compared[i] == metric) return cell.expected[i].value();
  }
  return none;
}

}  // namespace

Statistics::Statistics(const Plan& plan, bool interrupted)
    : plan_(plan), interrupted_(interrupted), cells_(plan.cells.size()) {
  for (auto& cell : cells_) {
    cell.lowest_bps = none;
  }
}

void Statistics::add(const RunKey& run, const record::RunResult& result) {
  CellData& cell = cells_.at(run.cell);
  if (!record::in_means(result.verdict)) {
    ++cell.tainted;
    return;
  }
  ++(result.verdict == record::Verdict::clean ? cell.clean : cell.not_known);
  for (const auto& card : result.handovers) {
    ++cell.made;
    cell.clean_handovers += card.verdict == record::Verdict::clean ? 1 : 0;
    cell.not_known_handovers += card.verdict == record::Verdict::not_known ? 1 : 0;
    if (!record::in_means(card.verdict)) continue;
    if (card.outcome != record::Outcome::complete) {
      ++cell.failed_handovers;
      continue;
    }
    cell.expected[0].add(static_cast<double>(card.expected_completion_ns) / 1e9);
    if (result.probe == "voip") {
      cell.expected[1].add(card.uplink.expected_lost);
      cell.expected[2].add(card.downlink.expected_lost);
    }
    Measured measured{.repetition = run.repetition, .slot = card.slot};
    for (const Metric metric : metrics) {
      measured.values[index_of(metric)] = value_of(metric, result.probe, card).value_or(none);
    }
    measured.retransmissions = card.retransmissions;
    measured.messages = card.messages;
    cell.handovers.push_back(measured);
  }
  add_throughput(plan_, cell, plan_.cells[run.cell].mechanism, result);
}

void Statistics::add_failed(const RunKey& run) { ++cells_.at(run.cell).failed; }

std::vector<double> Statistics::values(std::size_t cell, Metric metric) const {
  std::vector<double> values;
  for (const auto& measured : cells_.at(cell).handovers) {
    const double value = measured.values[index_of(metric)];
    if (!std::isnan(value)) values.push_back(value);
  }
  return values;
}

std::vector<Comparison> Statistics::comparisons() const {
  std::vector<Comparison> result;
  std::map<std::pair<experiment::Probe, std::vector<std::string>>, std::vector<std::size_t>> alike;
  for (std::size_t i = 0; i < cells_.size(); ++i) alike[{plan_.cells[i].probe, plan_.cells[i].values}].push_back(i);
  const auto compare = [&](std::size_t a, std::size_t b) {
    std::map<std::pair<unsigned, std::uint32_t>, const Measured*> first;
    for (const auto& one : cells_[a].handovers) first[{one.repetition, one.slot}] = &one;
    std::array<std::vector<double>, compared.size()> differences;
    for (const auto& other : cells_[b].handovers) {
      const auto found = first.find({other.repetition, other.slot});
      if (found == first.end()) continue;
      for (std::size_t m = 0; m < compared.size(); ++m) {
        const auto index = index_of(compared[m]);
        const double difference = other.values[index] - found->second->values[index];
        if (!std::isnan(difference)) differences[m].push_back(difference);
      }
    }
    Comparison comparison{.a = a, .b = b};
    for (std::size_t m = 0; m < compared.size(); ++m) comparison.difference[m] = report::summarise(differences[m]);
    result.push_back(comparison);
  };
  for (const auto& [key, cells] : alike) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      for (std::size_t j = i + 1; j < cells.size(); ++j) compare(cells[i], cells[j]);
    }
  }
  std::sort(result.begin(), result.end(),
            [](const auto& x, const auto& y) { return std::pair(x.a, x.b) < std::pair(y.a, y.b); });
  return result;
}

report::Line Statistics::losses_on_completion() const {
  std::vector<double> completion;
  std::vector<double> lost;
  for (const auto& cell : cells_) {
    for (const auto& measured : cell.handovers) {
      const double value = measured.values[index_of(Metric::lost_downlink)];
      if (std::isnan(value)) continue;
      completion.push_back(measured.values[index_of(Metric::completion)]);
      lost.push_back(value);
    }
  }
  return report::regress(completion, lost);
}

std::vector<CrossingPoint> Statistics::crossings() const {
  std::vector<CrossingPoint> result;
  if (!plan_.campaign.crossing) return result;
  const Crossing& crossing = *plan_.campaign.crossing;
  const auto along = static_cast<std::size_t>(
      std::find(plan_.parameters.begin(), plan_.parameters.end(), crossing.along) - plan_.parameters.begin());
  std::map<std::vector<std::string>, std::vector<std::size_t>> rows;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    auto key = plan_.cells[i].values;
    key[along].clear();
    key.push_back(std::to_string(plan_.cells[i].mechanism));
    key.emplace_back(experiment::to_text(plan_.cells[i].probe));
    rows[key].push_back(i);
  }
  for (const auto& [key, cells] : rows) {
    CrossingPoint point{.cell = cells.front()};
    std::vector<double> x;
    std::vector<double> measured;
    std::vector<double> expected;
    for (const auto cell : cells) {
      const auto& text = plan_.cells[cell].values[along];
      const auto number = quantity_of(crossing.along, text).number;
      const double mean = report::summarise(values(cell, crossing.of)).mean;
      if (!number || std::isnan(mean)) continue;
      x.push_back(*number);
      measured.push_back(mean);
      expected.push_back(expected_of(cells_[cell], crossing.of));
      if (!(mean < crossing.limit) || (point.largest_number && *number <= *point.largest_number)) continue;
      point.largest = text;
      point.largest_number = number;
    }
    point.fitted = meets(crossing.limit, x, measured);
    point.expected = meets(crossing.limit, x, expected);
    result.push_back(std::move(point));
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.cell < b.cell; });
  return result;
}

std::vector<std::vector<std::size_t>> Statistics::rows() const {
  std::map<std::pair<std::size_t, std::vector<std::string>>, std::vector<std::size_t>> rows;
  for (std::size_t i = 0; i < cells_.size(); ++i) rows[{plan_.cells[i].mechanism, plan_.cells[i].values}].push_back(i);
  std::vector<std::vector<std::size_t>> result;
  result.reserve(rows.size());
  for (auto& [key, cells] : rows) result.push_back(std::move(cells));
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace segue::campaign
