#include <cmath>
#include <nlohmann/json.hpp>

#include "nodes/base/version.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/record/fields.hpp"
#include "orchestrator/report/evaluation.hpp"
#include "orchestrator/report/json_parts.hpp"

namespace segue::report {

namespace {

template <typename Of, std::size_t n>
Json to_value(const std::array<record::Figure<Of>, n>& figures, const Of& of) {
  Json value;
  for (const auto& figure : figures) {
    const char* const key = figure.key == nullptr ? figure.name : figure.key;
    Json& place = figure.group == nullptr ? value[key] : value[figure.group][key];
    record::visit_figure(figure, of, [&](auto number) { place = number; });
  }
  return value;
}

Json to_value(const std::vector<record::Missed>& missed) {
  Json rows = Json::array();
  for (const auto& row : missed) rows.push_back({{"place", row.place}, {"cause", row.cause}, {"count", row.count}});
  return rows;
}

Json to_value(const record::DirectionScore& score) {
  Json value = to_value(record::direction_fields, score);
  value["missed"] = to_value(score.missed);
  return value;
}
Json to_value(const record::FlowTotals& totals) {
  Json value = to_value(record::flow_fields, totals);
  value["missed"] = to_value(totals.missed);
  return value;
}

Json to_value(const record::StepTimes& step) {
  return {{"name", step.name},
          {"from", step.from},
          {"to", step.to},
          {"message", step.message},
          {"layer", step.layer},
          {"sent_ns", step.sent_ns},
          {"received_ns", step.received_ns},
          {"done_ns", step.done_ns},
          {"expected_done_ns", step.expected_done_ns},
          {"route_ns", step.route_ns},
          {"transmissions", step.transmissions}};
}

Json to_value(const record::Scorecard& card) {
  Json steps = Json::array();
  for (const auto& step : card.steps) steps.push_back(to_value(step));
  return {{"index", card.index},
          {"slot", card.slot},
          {"verdict", card.verdict},
          {"reasons", card.reasons},
          {"mobile", card.mobile},
          {"from", card.from},
          {"to", card.to},
          {"started_ns", card.started_ns},
          {"window_begin_ns", card.window_begin_ns},
          {"window_end_ns", card.window_end_ns},
          {"outcome", card.outcome},
          {"failure", card.failure},
          {"completion_ns", card.completion_ns},
          {"expected_completion_ns", card.expected_completion_ns},
          {"dead_end", card.dead_end},
          {"messages", card.messages},
          {"retransmissions", card.retransmissions},
          {"route_switch_ns", card.route_switch_ns},
          {"route_actions_ns", card.route_actions_ns},
          {"anomalies", card.anomalies},
          {"steps", steps},
          {"uplink", to_value(card.uplink)},
          {"downlink", to_value(card.downlink)}};
}

Json to_value(const record::Quantiles& quantiles) {
  return {{"p50", quantiles.p50}, {"p99", quantiles.p99}, {"max", quantiles.max}};
}

Json links_of(const record::RunResult& run) {
  Json rows = Json::array();
  for (const auto& row : run.links) {
    Json value = {
        {"link", row.link}, {"direction", row.direction}, {"requested", row.requested}, {"realised", row.realised}};
    for (std::size_t i = 0; i < record::link_fields_in_summary; ++i) {
      const auto& figure = record::link_fields[i];
      record::visit_figure(figure, row.counters, [&](auto number) { value[figure.name] = number; });
    }
    rows.push_back(std::move(value));
  }
  return rows;
}

Json to_value(const record::RunResult& run) {
  Json handovers = Json::array();
  for (const auto& card : run.handovers) handovers.push_back(to_value(card));
  Json throughput = Json::array();
  for (const auto& bin : run.throughput) {
    throughput.push_back({{"t_ns", bin.t_ns},
                          {"length_ns", bin.length_ns},
                          {"bits_per_second", bin.bits_per_second},
                          {"lost", bin.lost},
                          {"total", bin.total}});
  }
  Json value = {
      {"mechanism", run.mechanism},
      {"title", run.title},
      {"probe", run.probe},
      {"family", run.family},
      {"seed", run.seed},
      {"kernel", run.kernel},
      {"handovers_asked", run.handovers_asked},
      {"verdict", run.verdict},
      {"reasons", run.reasons},
      {"emulator", {{"engine", run.engine}, {"lateness_ns", to_value(run.emulator)}, {"packets", run.emulator.count}}},
      {"timers", {{"lateness_ns", to_value(run.timers)}, {"count", run.timers.count}}},
      {"cpu", {{"idle_share", run.idle_share}}},
      {"netlink", {{"requests", run.netlink_requests}, {"errors", run.netlink_errors}}},
      {"origin_ns", run.origin_ns},
      {"experiment_ns", run.experiment_ns},
      {"wall_ns", run.wall_ns},
      {"handovers", handovers},
      {"links", links_of(run)}};
  if (run.probe == "voip") {
    value["call"] = {{"uplink", to_value(run.uplink)}, {"downlink", to_value(run.downlink)}};
  }
  value["throughput"] = throughput;
  return value;
}

Json to_value(const Cell& cell) {
  return {{"mean", number(cell.measured.mean)},
          {"ci95", number(cell.measured.ci95)},
          {"n", cell.measured.n},
          {"median", number(cell.measured.median)},
          {"min", number(cell.measured.min)},
          {"max", number(cell.measured.max)},
          {"expected", number(cell.expected)}};
}

Json reference_of(const Row& row) {
  Json reference = Json::object();
  const auto add = [&reference](const char* name, const Cell& cell) {
    if (std::isfinite(cell.reference)) {
      reference[name] = {{"mean", cell.reference}, {"error", number(cell.reference_error)}};
    }
  };
  add("completion_s", row.completion_s);
  add("lost_uplink", row.lost_uplink);
  add("lost_downlink", row.lost_downlink);
  return reference;
}

Json beside_of(const Row& row) {
  Json all = Json::array();
  for (const Beside& one : row.beside) {
    all.push_back({{"figure", one.name},
                   {"direction", one.direction},
                   {"unit", one.unit},
                   {"measured", number(one.measured)},
                   {"expected", number(one.expected)}});
  }
  return all;
}

Json to_value(const Row& row) {
  return {{"mechanism", row.mechanism},
          {"title", row.title},
          {"completion_s", to_value(row.completion_s)},
          {"completion_uplink_s", to_value(row.completion_uplink_s)},
          {"completion_downlink_s", to_value(row.completion_downlink_s)},
          {"lost_uplink", to_value(row.lost_uplink)},
          {"lost_downlink", to_value(row.lost_downlink)},
          {"handovers", row.handovers},
          {"clean", row.clean},
          {"not_known", row.not_known},
          {"failed", row.failed},
          {"tainted", row.tainted},
          {"reference", reference_of(row)},
          {"beside", beside_of(row)}};
}

template <typename Of, std::size_t n>
Json to_value(const std::array<record::GapFigure<Of>, n>& figures, const Of& of) {
  Json value;
  for (const auto& figure : figures) value[figure.name] = number(of.*figure.member);
  return value;
}

Json to_value(const record::Explanation& explanation) {
  Json parts = Json::array();
  for (const auto& part : explanation.parts) {
    parts.push_back(
        {{"kind", part.kind}, {"of", part.of}, {"over", part.over}, {"ns", to_value(record::gap_figures, part.ns)}});
  }
  Json savings = Json::array();
  for (const auto& saving : explanation.savings) {
    savings.push_back({{"parameter", saving.parameter},
                       {"now_ns", saving.now_ns},
                       {"ns_per_ns", to_value(record::gap_figures, saving.ns)},
                       {"packets_per_ns", to_value(record::gap_packet_figures, saving.packets)}});
  }
  return {{"mechanism", explanation.mechanism},
          {"from", explanation.from},
          {"to", explanation.to},
          {"gaps_ns", to_value(record::gap_figures, explanation.whole)},
          {"packets", to_value(record::gap_packet_figures, explanation.packets)},
          {"parts", parts},
          {"savings", savings},
          {"drawn", explanation.drawn}};
}

Json to_value(const Summary& summary) {
  return {{"n", summary.n},
          {"median", number(summary.median)},
          {"mean", number(summary.mean)},
          {"min", number(summary.min)},
          {"max", number(summary.max)}};
}

}  // namespace

std::string to_json(const Evaluation& evaluation) {
  Json runs = Json::array();
  for (const auto& run : evaluation.runs) runs.push_back(to_value(run));
  Json table = Json::array();
  for (const auto& row : evaluation.table) table.push_back(to_value(row));
  Json throughput = Json::array();
  for (const auto& row : evaluation.throughput) {
    throughput.push_back({{"mechanism", row.mechanism},
                          {"probe", row.probe},
                          {"between_handovers_bits_per_second", to_value(row.between_bps)},
                          {"lowest_bits_per_second", number(row.lowest_bps)}});
  }
  Json nodes = Json::array();
  for (const auto& node : evaluation.nodes) {
    nodes.push_back({{"name", node.name}, {"role", node.role}, {"address", node.address}});
  }
  const Line& line = evaluation.losses_on_completion;
  Json document = {{"segue", version},
                   {"lab", evaluation.lab},
                   {"title", evaluation.title},
                   {"command", evaluation.command},
                   {"nodes", nodes},
                   {"clock", evaluation.clock},
                   {"links", evaluation.links},
                   {"seed", evaluation.seed},
                   {"wall_ns", evaluation.repeatable ? 0 : evaluation.wall_ns},
                   {"experiment_ns", evaluation.experiment_ns},
                   {"runs", runs},
                   {"failed_runs", evaluation.failed_runs},
                   {"table", table},
                   {"dead_ends", evaluation.dead_ends},
                   {"disagreements", evaluation.disagreements},
                   {"left_out_of_analysis", evaluation.left_out},
                   {"throughput", throughput},
                   {"losses_on_completion", regression_json(line)},
                   {"route_action_ns",
                    {{"netlink", to_value(evaluation.route_action_netlink_ns)},
                     {"command", to_value(evaluation.route_action_command_ns)}}}};
  for (const auto& explanation : evaluation.explanations) document["explanations"].push_back(to_value(explanation));
  return json_text(document, 2) + '\n';
}

}  // namespace segue::report
