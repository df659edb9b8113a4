#include "orchestrator/keeper/keeper_state.hpp"

#include <nlohmann/json.hpp>

#include "orchestrator/record/fields.hpp"

namespace segue::keeper {

using nlohmann::json;

namespace {

json nodes_of(lab::Lab& lab) {
  json nodes = json::array();
  for (std::size_t node = 0; node < lab.crew().size(); ++node) {
    const auto& one = lab.topology().nodes[node];
    nodes.push_back({{"name", one.name}, {"role", std::string(to_text(one.role))}, {"up", lab.crew().up(node)}});
  }
  return nodes;
}

json cables_of(const config::Topology& topology) {
  json cables = json::array();
  for (const auto& link : topology.links) {
    cables.push_back({{"link", link.name},
                      {"a", topology.nodes[link.a.node].name},
                      {"b", topology.nodes[link.b.node].name},
                      {"delay", segue::to_text(link.a_to_b.delay)}});
  }
  return cables;
}

json handover_of(const Journal::Entry& entry) {
  const record::Scorecard& card = entry.card;
  return {{"number", entry.number},
          {"mechanism", entry.mechanism},
          {"mobile", card.mobile},
          {"from", card.from},
          {"to", card.to},
          {"outcome", card.outcome},
          {"failure", card.failure},
          {"verdict", card.verdict},
          {"completion_ns", card.completion_ns},
          {"expected_completion_ns", card.expected_completion_ns},
          {"lost_up", card.uplink.lost},
          {"lost_down", card.downlink.lost},
          {"interruption_up_ns", card.uplink.interruption_ns},
          {"interruption_down_ns", card.downlink.interruption_ns},
          {"ago_ns", (now() - entry.ended).count()}};
}

json flow_of(const char* direction, const record::FlowTotals& flow) {
  json value = {{"direction", direction}};
  record::put_figures(value, record::flow_fields, flow);
  return value;
}

}  // namespace

json state_of(lab::Lab& lab, const experiment::Mover& mover, const Journal& journal, const Watch* watch,
              const std::map<std::string, std::string>& notes) {
  const auto& topology = lab.topology();
  json state = {{"lab", topology.name},
                {"name", topology.name},
                {"links", std::string(lab.engine().name())},
                {"metrics", ""},
                {"prometheus", ""},
                {"grafana", ""},
                {"mechanism", mover.mechanism()},
                {"every_ns", watch != nullptr ? watch->options().every.count() : 0},
                {"nodes", nodes_of(lab)},
                {"cables", cables_of(topology)},
                {"attached", json::object()},
                {"handovers", json::array()},
                {"flows", json::array()},
                {"throughput", json::array()},
                {"verdict", ""},
                {"reasons", json::array()},
                {"trouble", lab.trouble().empty() && watch != nullptr ? watch->trouble() : lab.trouble()}};
  for (const auto& [key, text] : notes) state[key] = text;
  if (mover.can_move()) state["attached"][topology.nodes[mover.mobile()].name] = topology.nodes[mover.router()].name;
  for (const auto& entry : journal.handovers()) state["handovers"].push_back(handover_of(entry));
  if (const auto& sample = journal.sample()) {
    if (watch != nullptr) state["flows"] = {flow_of("uplink", sample->uplink), flow_of("downlink", sample->downlink)};
    state["verdict"] = sample->verdict.verdict;
    state["reasons"] = sample->verdict.reasons;
  }
  if (watch == nullptr) return state;
  for (const auto& flow : watch->recent_throughput()) {
    state["throughput"].push_back({{"probe", flow.probe}, {"bits_per_second", flow.bits_per_second}});
  }
  return state;
}

}  // namespace segue::keeper
