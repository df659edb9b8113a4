#include "orchestrator/mobility/routing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "nodes/base/error.hpp"

namespace segue::mobility {

namespace {

using config::RouteAction;
using config::RouteVerb;
using netlink::Route;
using netlink::RouteType;

constexpr std::uint32_t first_mobile_table = 1000;
const Prefix anywhere{};

Route blackhole(const Prefix& destination, std::uint32_t table = 254) {
  Route route;
  route.destination = destination;
  route.type = RouteType::blackhole;
  route.table = table;
  return route;
}

Address segment(const Prefix& locator, std::uint8_t function, std::size_t mobile) {
  Address address = locator.address;
  address.bytes[8] = function;
  const auto argument = mobile + 1;
  address.bytes[14] = static_cast<std::uint8_t>(argument >> 8);
  address.bytes[15] = static_cast<std::uint8_t>(argument);
  return address;
}

// Everything that resolving an action for one node and one mobile needs.
class Resolver {
 public:
  Resolver(const Geography& geography, const Binding& binding, std::size_t node)
      : geography_(geography),
        topology_(geography.topology),
        binding_(binding),
        node_(node),
        data_(host_prefix(topology_.nodes[binding.mobile].address)),
        table_(table_of(topology_, binding.mobile)) {}

  std::vector<Route> at_mobile(const RouteAction& action) const {
    if (action.verb == RouteVerb::off) {
      const Hop hop = hop_between(topology_, node_, binding_.old_router);
      return {default_route(hop, nobody_on(*hop.link))};
    }
    if (action.verb == RouteVerb::via) {
      const Hop hop = hop_between(topology_, node_, target(action));
      return {default_route(hop, hop.far->address)};
    }
    throw InputError(fmt::format("node {}: a mobile node's route is \"off\" or \"via NODE\"", name()));
  }

  std::vector<Route> at_router(const RouteAction& action) const {
    switch (action.verb) {
      case RouteVerb::off:
        return {blackhole(data_), blackhole(anywhere, table_), blackhole(own_segment())};
      case RouteVerb::through:
        return {deliver(), pass_on(), end_to_mobile()};
      case RouteVerb::through_tunnel:
        return {deliver(), uplink_into_tunnel(target(action)), end_to_mobile()};
      case RouteVerb::via:
        return {towards(data_, target(action)), pass_on(), end_of_uplink()};
      case RouteVerb::tunnel:
        return {downlink_into_tunnel(target(action)), pass_on(), end_of_uplink()};
    }
    throw Error("resolve a route action: unknown verb");
  }

  std::vector<Route> end_here() const { return {blackhole(data_), pass_on(), blackhole(own_segment())}; }

  bool serves_mobile() const { return config::link_between(topology_, node_, binding_.mobile) != config::npos; }

 private:
  const std::string& name() const { return topology_.nodes[node_].name; }
  std::size_t target(const RouteAction& action) const { return node_named(topology_, binding_, action.target); }

  Prefix own_segment() const {
    return host_prefix(serves_mobile() ? downlink_segment(topology_, node_, binding_.mobile)
                                       : uplink_segment(topology_, node_, binding_.mobile));
  }

  Route default_route(const Hop& hop, const Address& via) const {
    Route route;
    route.destination = anywhere;
    route.via = via;
    route.device = hop.near->interface;
    route.source = data_.address;
    return route;
  }

  Route deliver() const {
    const Hop hop = hop_between(topology_, node_, binding_.mobile);
    Route route;
    route.destination = data_;
    route.via = hop.far->address;
    route.device = hop.near->interface;
    return route;
  }

  Route pass_on() const {
    Route route;
    route.destination = anywhere;
    route.type = RouteType::throw_;
    route.table = table_;
    return route;
  }

  Route towards(const Prefix& destination, std::size_t target) const {
    if (target == node_) throw InputError(fmt::format("node {}: a route of its own to itself", name()));
    const std::size_t first = geography_.paths.first_link(node_, target);
    if (first == config::npos) {
      throw InputError(fmt::format("node {}: no path to {}", name(), topology_.nodes[target].name));
    }
    const config::Link& link = topology_.links[first];
    const auto& [near, far] = link.a.node == node_ ? std::tie(link.a, link.b) : std::tie(link.b, link.a);
    Route route;
    route.destination = destination;
    route.via = far.address;
    route.device = near.interface;
    return route;
  }

  Route downlink_into_tunnel(std::size_t tail) const {
    Route route = towards(data_, tail);
    route.encapsulation = netlink::Seg6Encap{{downlink_segment(topology_, tail, binding_.mobile)}};
    return route;
  }

  Route uplink_into_tunnel(std::size_t tail) const {
    Route route = towards(anywhere, tail);
    route.table = table_;
    route.encapsulation = netlink::Seg6Encap{{uplink_segment(topology_, tail, binding_.mobile)}};
    return route;
  }

  Route end_to_mobile() const {
    const Hop hop = hop_between(topology_, node_, binding_.mobile);
    Route route;
    route.destination = host_prefix(downlink_segment(topology_, node_, binding_.mobile));
    route.device = hop.near->interface;
    route.encapsulation = netlink::Seg6EndDx6{hop.far->address};
    return route;
  }

  Route end_of_uplink() const {
    Route route;
    route.destination = host_prefix(uplink_segment(topology_, node_, binding_.mobile));
    route.device = any_interface();
    route.encapsulation = netlink::Seg6EndDt6{};
    return route;
  }

  // The kernel wants a device for a seg6local route and does not use it.
  const std::string& any_interface() const {
    for (const config::Link& link : topology_.links) {
      if (link.a.node == node_) return link.a.interface;
      if (link.b.node == node_) return link.b.interface;
    }
    throw InputError(fmt::format("node {}: it has no link", name()));
  }

  const Geography& geography_;
  const config::Topology& topology_;
  const Binding& binding_;
  std::size_t node_;
  Prefix data_;
  std::uint32_t table_;
};

}  // namespace

std::size_t node_named(const config::Topology& topology, const Binding& binding, const std::string& name) {
  if (name == "mobile") return binding.mobile;
  if (name == "old") return binding.old_router;
  if (name == "new") return binding.new_router;
  const std::size_t node = config::find_node(topology, name);
  if (node != config::npos) return node;
  for (std::size_t i = 0; i < topology.nodes.size(); ++i) {
    if (to_text(topology.nodes[i].role) == name) return i;
  }
  throw InputError(fmt::format("\"{}\" is neither a role nor a node of {}", name, topology.name));
}

Hop hop_between(const config::Topology& topology, std::size_t from, std::size_t to) {
  const std::size_t index = config::link_between(topology, from, to);
  if (index == config::npos) {
    throw InputError(fmt::format("no link between {} and {}", topology.nodes[from].name, topology.nodes[to].name));
  }
  const config::Link& link = topology.links[index];
  return link.a.node == from ? Hop{&link, &link.a, &link.b} : Hop{&link, &link.b, &link.a};
}

std::uint32_t table_of(const config::Topology& topology, std::size_t mobile) {
  const auto before =
      std::count_if(topology.nodes.begin(), topology.nodes.begin() + static_cast<std::ptrdiff_t>(mobile),
                    [](const config::Node& node) { return node.role == config::Role::mobile; });
  return first_mobile_table + static_cast<std::uint32_t>(before);
}

Address downlink_segment(const config::Topology& topology, std::size_t node, std::size_t mobile) {
  return segment(topology.nodes[node].locator, 0xd, mobile);
}

Address uplink_segment(const config::Topology& topology, std::size_t node, std::size_t mobile) {
  return segment(topology.nodes[node].locator, 0xe, mobile);
}

Address nobody_on(const config::Link& link) {
  Address address = link.subnet.address;
  address.bytes[14] = 0xff;
  address.bytes[15] = 0xff;
  return address;
}

std::vector<Route> resolve(const Geography& geography, const Binding& binding, std::size_t node,
                           const RouteAction& action) {
  const Resolver resolver(geography, binding, node);
  return node == binding.mobile ? resolver.at_mobile(action) : resolver.at_router(action);
}

std::vector<Route> detached(const Geography& geography, const Binding& binding, std::size_t node) {
  const auto& nodes = geography.topology.nodes;
  const std::size_t home = nodes[binding.mobile].home;
  if (nodes[node].role == config::Role::mobile) return {};
  const Resolver resolver(geography, binding, node);
  if (resolver.serves_mobile()) return resolver.at_router({RouteVerb::off, {}});
  const bool reachable = home != config::npos && geography.paths.reachable(node, home);
  if (node == home || !reachable) return resolver.end_here();
  return resolver.at_router({RouteVerb::via, nodes[home].name});
}

std::string as_commands(const std::vector<Route>& routes) {
  std::string commands;
  for (const Route& route : routes) {
    if (!commands.empty()) commands += " && ";
    commands += "ip -6 route replace " + netlink::to_text(route);
  }
  return commands;
}

}  // namespace segue::mobility
