#include "orchestrator/keeper/keeper_verbs.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nodes/base/error.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/config/impairments.hpp"
#include "orchestrator/keeper/keeper_state.hpp"
#include "orchestrator/lab/survey.hpp"

namespace segue::keeper {

using nlohmann::json;

json Keeper::Verbs::nodes() const {
  const auto& topology = keeper.lab_.topology();
  json list = json::array();
  for (std::size_t node = 0; node < topology.nodes.size(); ++node) {
    const auto& one = topology.nodes[node];
    list.push_back({{"name", one.name},
                    {"role", std::string(to_text(one.role))},
                    {"address", to_text(one.address)},
                    {"pid", keeper.lab_.crew().pid(node)},
                    {"up", keeper.lab_.crew().up(node)}});
  }
  json attached = json::object();
  if (keeper.mover_.can_move()) {
    attached[topology.nodes[keeper.mover_.mobile()].name] = topology.nodes[keeper.mover_.router()].name;
  }
  return {{"lab", topology.name},
          {"links", std::string(keeper.lab_.engine().name())},
          {"nodes", list},
          {"attached", attached},
          {"trouble", keeper.lab_.trouble()}};
}

json Keeper::Verbs::enter(const json& request) {
  const auto& topology = keeper.lab_.topology();
  const std::string name = request.at("node");
  const std::size_t node = config::find_node(topology, name);
  if (node == config::npos) {
    std::vector<std::string> names;
    for (const auto& one : topology.nodes) names.push_back(one.name);
    throw InputError(fmt::format("no node \"{}\" in {}: {}", name, topology.name, fmt::join(names, ", ")));
  }
  descriptor = keeper.lab_.network().namespace_of(node);
  json hosts = json::object();
  json hosts_ipv4 = json::object();
  for (const auto& one : topology.nodes) {
    hosts[one.name] = to_text(one.address);
    if (one.ipv4) hosts_ipv4[one.name] = to_text(*one.ipv4);
  }
  return {{"hosts", hosts}, {"hosts_ipv4", hosts_ipv4}};
}

std::size_t Keeper::Verbs::link_of(const json& request) const {
  const auto& topology = keeper.lab_.topology();
  const std::string name = request.at("link");
  const std::size_t link = config::find_link(topology, name);
  if (link != config::npos) return link;
  std::vector<std::string> names;
  for (const auto& one : topology.links) names.push_back(one.name);
  throw InputError(fmt::format("no link \"{}\" in {}: {}", name, topology.name, fmt::join(names, ", ")));
}

json Keeper::Verbs::links(const json& request) {
  json rows = json::array();
  const std::string wanted = request.contains("link") ? keeper.lab_.topology().links[link_of(request)].name : "";
  for (const auto& row : lab::survey_links(keeper.lab_)) {
    if (!wanted.empty() && row.link != wanted) continue;
    rows.push_back({{"link", row.link},
                    {"direction", row.direction},
                    {"requested", row.requested},
                    {"realised", row.realised},
                    {"packets", row.counters.packets},
                    {"delivered", row.counters.delivered},
                    {"lost", row.counters.lost},
                    {"dropped", row.counters.dropped}});
  }
  return {{"rows", rows}};
}

json Keeper::Verbs::impair(const json& request) {
  const auto& topology = keeper.lab_.topology();
  const std::size_t index = link_of(request);
  const config::Link link = topology.links[index];
  const std::string from = request.value("from", "");
  if (!from.empty() && from != topology.nodes[link.a.node].name && from != topology.nodes[link.b.node].name) {
    throw InputError(fmt::format("--from \"{}\": link {} joins {} and {}", from, link.name,
                                 topology.nodes[link.a.node].name, topology.nodes[link.b.node].name));
  }
  // All is checked before anything changes.
  std::vector<std::pair<link::Direction, link::Impairments>> changes;
  for (const auto direction : {link::Direction::a_to_b, link::Direction::b_to_a}) {
    const bool forward = direction == link::Direction::a_to_b;
    if (!from.empty() && from != topology.nodes[(forward ? link.a : link.b).node].name) continue;
    link::Impairments impairments = forward ? link.a_to_b : link.b_to_a;
    for (const auto& [key, value] : request.at("set").get<std::vector<std::pair<std::string, std::string>>>()) {
      config::set_impairment(impairments, key, value);
    }
    config::check(impairments);
    changes.emplace_back(direction, impairments);
  }
  keeper.lab_.change_link(index, changes);
  return links(request);
}

json Keeper::Verbs::handle(const json& request) {
  const std::string verb = request.at("verb");
  if (verb == "nodes") return nodes();
  if (verb == "state") {
    return state_of(keeper.lab_, keeper.mover_, keeper.journal_, keeper.watch_ ? &*keeper.watch_ : nullptr,
                    keeper.notes_);
  }
  if (verb == "enter") return enter(request);
  if (!keeper.lab_.trouble().empty()) throw Error(keeper.lab_.trouble());
  if (verb == "links") return links(request);
  if (verb == "impair") return impair(request);
  if (verb == "handover") {
    const auto card = keeper.hand_over(request.value("mechanism", ""), request.value("to", ""));
    return {{"scorecard", parse_json(to_json(card))}};
  }
  throw InputError(fmt::format("no verb \"{}\"", verb));
}

}  // namespace segue::keeper
