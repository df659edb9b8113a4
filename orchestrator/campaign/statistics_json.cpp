#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nodes/protocol/json.hpp"
#include "orchestrator/campaign/statistics.hpp"
#include "orchestrator/report/json_parts.hpp"

namespace segue::campaign {

namespace {

using report::Json;

Json value_of(const report::Summary& summary) {
  return {{"n", summary.n},
          {"mean", report::number(summary.mean)},
          {"ci95", report::number(summary.ci95)},
          {"sd", report::number(summary.sd)},
          {"median", report::number(summary.median)},
          {"min", report::number(summary.min)},
          {"max", report::number(summary.max)}};
}

Json summary_of(const std::vector<double>& values) {
  Json value = value_of(report::summarise(values));
  value["q05"] = report::number(report::quantile(values, 0.05));
  value["q25"] = report::number(report::quantile(values, 0.25));
  value["q75"] = report::number(report::quantile(values, 0.75));
  value["q95"] = report::number(report::quantile(values, 0.95));
  return value;
}

Json parameters_of(const Plan& plan, std::size_t cell) {
  Json value = Json::object();
  for (std::size_t i = 0; i < plan.parameters.size(); ++i) value[plan.parameters[i]] = plan.cells[cell].values[i];
  return value;
}

Json expected_of(const std::array<double, 3>& expected) {
  return {{"completion_s", report::number(expected[0])},
          {"lost_uplink", report::number(expected[1])},
          {"lost_downlink", report::number(expected[2])}};
}

template <typename Get>
Json summary_of(const CellData& cell, Get get) {
  std::vector<double> values;
  for (const auto& measured : cell.handovers) values.push_back(get(measured));
  return summary_of(values);
}

class Writer {
 public:
  Writer(const Plan& plan, const Statistics& statistics) : plan_(plan), statistics_(statistics) {}

  Json document() const {
    Json cells = Json::array();
    for (std::size_t i = 0; i < plan_.cells.size(); ++i) cells.push_back(cell(i));
    Json table = Json::array();
    for (const auto& row : statistics_.rows()) table.push_back(row_of(row));
    Json comparisons = Json::array();
    for (const auto& one : statistics_.comparisons()) comparisons.push_back(comparison(one));
    Json crossings = Json::array();
    for (const auto& point : statistics_.crossings()) crossings.push_back(crossing(point));
    const auto line = statistics_.losses_on_completion();
    return {{"interrupted", statistics_.interrupted()},
            {"cells", cells},
            {"table", table},
            {"comparisons", comparisons},
            {"losses_on_completion", report::regression_json(line)},
            {"crossings", crossings}};
  }

 private:
  const std::string& mechanism(std::size_t cell) const { return plan_.mechanisms[plan_.cells[cell].mechanism].name; }
  std::string probe(std::size_t cell) const { return std::string(experiment::to_text(plan_.cells[cell].probe)); }

  Json cell(std::size_t index) const {
    const CellData& data = statistics_.cells()[index];
    Json value = {
        {"cell", index},
        {"mechanism", mechanism(index)},
        {"probe", probe(index)},
        {"parameters", parameters_of(plan_, index)},
        {"runs",
         {{"clean", data.clean}, {"tainted", data.tainted}, {"not_known", data.not_known}, {"failed", data.failed}}},
        {"handovers", handovers_of(data, data.handovers.size())},
        {"stopped", stopped(index)},
        {"completion_s", summary_of(statistics_.values(index, Metric::completion))},
        {"lost_uplink", summary_of(statistics_.values(index, Metric::lost_uplink))},
        {"lost_downlink", summary_of(statistics_.values(index, Metric::lost_downlink))},
        {"interruption_uplink_s", summary_of(statistics_.values(index, Metric::interruption_uplink))},
        {"interruption_downlink_s", summary_of(statistics_.values(index, Metric::interruption_downlink))},
        {"retransmissions", summary_of(data, [](const Measured& m) { return m.retransmissions; })},
        {"messages", summary_of(data, [](const Measured& m) { return m.messages; })},
        {"expected", expected_of({data.expected[0].value(), data.expected[1].value(), data.expected[2].value()})}};
    if (plan_.cells[index].probe != experiment::Probe::voip) {
      value["throughput"] = {{"between_handovers_bits_per_second", summary_of(data.between_bps)},
                             {"lowest_bits_per_second", report::number(data.lowest_bps)}};
    }
    return value;
  }

  static Json handovers_of(const CellData& data, std::size_t complete) {
    return {{"complete", complete},
            {"failed", data.failed_handovers},
            {"made", data.made},
            {"clean", data.clean_handovers},
            {"not_known", data.not_known_handovers}};
  }

  // Why a cell was not repeated more often.
  const char* stopped(std::size_t cell) const {
    const CellData& data = statistics_.cells()[cell];
    const auto runs = data.clean + data.not_known + data.tainted + data.failed;
    if (!plan_.campaign.stop) {
      return statistics_.interrupted() && runs < plan_.campaign.repetitions ? "interrupted" : "repetitions";
    }
    const auto& rule = *plan_.campaign.stop;
    if (runs < rule.at_most && !statistics_.interrupted()) return "precise";
    if (runs >= rule.at_least && precise_enough(rule, cell)) return "precise";
    return runs < rule.at_most ? "interrupted" : "cap";
  }

  bool precise_enough(const StopRule& rule, std::size_t cell) const {
    return std::all_of(rule.of.begin(), rule.of.end(), [&](Metric metric) {
      const bool measured = metric == Metric::completion || plan_.cells[cell].probe == experiment::Probe::voip;
      return !measured || precise(rule, statistics_.values(cell, metric));
    });
  }

  Json row_of(const std::vector<std::size_t>& cells) const {
    std::vector<double> completion;
    std::vector<double> uplink;
    std::vector<double> downlink;
    std::vector<double> retransmissions;
    CellData sum;  // of what is counted
    std::array<double, 3> expected{NAN, NAN, NAN};
    const auto append = [&](std::vector<double>& to, std::size_t cell, Metric metric) {
      const auto values = statistics_.values(cell, metric);
      to.insert(to.end(), values.begin(), values.end());
    };
    for (const auto cell : cells) {
      const CellData& data = statistics_.cells()[cell];
      sum.made += data.made;
      sum.clean_handovers += data.clean_handovers;
      sum.not_known_handovers += data.not_known_handovers;
      sum.failed_handovers += data.failed_handovers;
      for (const auto& measured : data.handovers) retransmissions.push_back(measured.retransmissions);
      append(completion, cell, Metric::completion);
      append(uplink, cell, Metric::lost_uplink);
      append(downlink, cell, Metric::lost_downlink);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        if (std::isnan(expected[i])) expected[i] = data.expected[i].value();
      }
    }
    const auto& own = plan_.mechanisms[plan_.cells[cells.front()].mechanism];
    return {{"mechanism", own.name},
            {"title", own.title},
            {"parameters", parameters_of(plan_, cells.front())},
            {"completion_s", summary_of(completion)},
            {"lost_uplink", summary_of(uplink)},
            {"lost_downlink", summary_of(downlink)},
            {"retransmissions", summary_of(retransmissions)},
            {"handovers", handovers_of(sum, retransmissions.size())},
            {"expected", expected_of(expected)},
            {"reference", report::reference_json(own.reference)}};
  }

  Json comparison(const Comparison& one) const {
    return {{"a", mechanism(one.a)},
            {"b", mechanism(one.b)},
            {"probe", probe(one.a)},
            {"parameters", parameters_of(plan_, one.a)},
            {"pairs", one.difference[0].n},
            {"completion_s", value_of(one.difference[0])},
            {"lost_uplink", value_of(one.difference[1])},
            {"lost_downlink", value_of(one.difference[2])}};
  }

  Json crossing(const CrossingPoint& point) const {
    Json parameters = parameters_of(plan_, point.cell);
    parameters.erase(plan_.campaign.crossing->along);
    Json largest = nullptr;
    if (point.largest) largest = {{"text", *point.largest}, {"number", report::number(point.largest_number)}};
    return {{"mechanism", mechanism(point.cell)},
            {"probe", probe(point.cell)},
            {"parameters", parameters},
            {"largest", largest},
            {"fitted", report::number(point.fitted)},
            {"expected", report::number(point.expected)}};
  }

  const Plan& plan_;
  const Statistics& statistics_;
};

}  // namespace

std::string to_json(const Plan& plan, const Statistics& statistics) {
  return json_text(Writer(plan, statistics).document(), 2) + '\n';
}

}  // namespace segue::campaign
