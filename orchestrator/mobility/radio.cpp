#include "orchestrator/mobility/radio.hpp"

#include "orchestrator/mobility/binding.hpp"

namespace segue::mobility {

namespace {

using config::Link;
using config::Topology;

constexpr std::uint32_t first_table = 200;  // in the mobile's namespace, one for each of its links
constexpr std::uint32_t radio_priority = 400;
constexpr std::uint32_t local_priority = 500;
constexpr std::uint32_t local_table = 255;

// Calls `visit(link, near, far, table)` for each link of the mobile's.
template <typename Visit>
void for_each_link(const Topology& topology, std::size_t mobile, Visit visit) {
  std::uint32_t table = first_table;
  for (const Link& link : topology.links) {
    if (link.a.node == mobile) visit(link.a, link.b, table++);
    if (link.b.node == mobile) visit(link.b, link.a, table++);
  }
}

}  // namespace

std::vector<protocol::Action> radio_actions(const Topology& topology, std::size_t mobile, std::size_t router,
                                            bool joins, bool carrier) {
  protocol::SetRoutes deaf;
  protocol::SetNeighbours heard;
  std::vector<protocol::Action> actions;
  for_each_link(topology, mobile, [&](const config::LinkEnd& near, const config::LinkEnd& far, std::uint32_t table) {
    if (far.node != router) return;
    for (const Address& data : config::addresses_of(topology.nodes[mobile])) {
      netlink::Route route;
      route.destination = host_prefix(data);
      route.table = table;
      route.type = joins ? netlink::RouteType::throw_ : netlink::RouteType::blackhole;
      deaf.routes.push_back(std::move(route));
    }
    heard.neighbours.push_back({near.interface, far.address, joins ? netlink::Mac{far.mac} : nobody_mac});
    if (carrier) actions.emplace_back(protocol::SetOperational{near.interface, joins});
  });
  actions.insert(actions.begin(), {std::move(deaf), std::move(heard)});
  return actions;
}

std::vector<protocol::Action> attached_radio(const Topology& topology, const config::Mechanism& mechanism,
                                             std::size_t mobile, std::size_t router) {
  const bool one_alone = config::uses_radio(mechanism);
  std::vector<protocol::Action> actions;
  for (const auto one : config::access_routers(topology, mobile)) {
    for (auto& action :
         radio_actions(topology, mobile, one, one == router || !one_alone, config::uses_carrier(mechanism))) {
      actions.push_back(std::move(action));
    }
  }
  return actions;
}

std::vector<netlink::Rule> radio_rules(const Topology& topology, std::size_t mobile) {
  std::vector<netlink::Rule> rules;
  for_each_link(topology, mobile, [&](const config::LinkEnd& near, const config::LinkEnd&, std::uint32_t table) {
    for (const Address& data : config::addresses_of(topology.nodes[mobile])) {
      rules.push_back({.family = data.family,
                       .to = host_prefix(data),
                       .iif = near.interface,
                       .table = table,
                       .priority = radio_priority});
    }
  });
  return rules;
}

netlink::Rule local_rule(Family family) { return {.family = family, .table = local_table, .priority = local_priority}; }

netlink::Rule kernel_local_rule(Family family) { return {.family = family, .table = local_table, .priority = 0}; }

}  // namespace segue::mobility
