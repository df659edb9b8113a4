#include "orchestrator/mobility/kernel_routes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/base/error.hpp"

namespace segue::mobility {

namespace {

using config::npos;
using netlink::Route;
using netlink::RouteType;

constexpr std::uint32_t main_table = 254;
constexpr std::uint32_t first_mobile_table = 1000;  // two each
const Prefix anywhere{};

constexpr std::size_t no_mobile = 0;

// The argument is 0, or the number of a mobile from 1.
Address segment(const Prefix& locator, std::uint8_t function, std::size_t argument) {
  Address address = locator.address;
  address.bytes[8] = function;
  address.bytes[14] = static_cast<std::uint8_t>(argument >> 8);
  address.bytes[15] = static_cast<std::uint8_t>(argument);
  return address;
}

// Routes of one node for one mobile.
class Routes {
 public:
  Routes(const Geography& geography, const Binding& binding, std::size_t node)
      : geography_(geography),
        topology_(geography.topology),
        binding_(binding),
        node_(node),
        data_(host_prefix(topology_.nodes[binding.mobile].address)) {}

  std::vector<Route> of(const Forwarding& forwarding) const {
    if (node_ == binding_.mobile) return {default_route(forwarding.own)};
    const auto from = table_from(topology_, binding_.mobile);
    if (serves(topology_, node_, binding_.mobile)) {
      return {downlink(forwarding.passing, main_table), downlink(forwarding.led, table_led(topology_, binding_.mobile)),
              uplink(forwarding.own, from)};
    }
    return {downlink(forwarding.passing, main_table), uplink(forwarding.others, from),
            end_of_uplink(forwarding.others)};
  }

  std::vector<Route> ends() const {
    const bool access = serves(topology_, node_, binding_.mobile);
    const auto led = access ? table_led(topology_, binding_.mobile) : main_table;
    std::vector<Route> all{end_in(downlink_segment(topology_, node_, binding_.mobile), led),
                           end_in(uplink_segment(topology_, node_, binding_.mobile), main_table)};
    if (access) all.push_back(end_in(forwarded_segment(topology_, node_, binding_.mobile), led));
    return all;
  }

  Route downlink(const Way& way, std::uint32_t table) const {
    if (way.treatment == Treatment::drop) return to(data_, table, RouteType::blackhole);
    if (way.treatment == Treatment::pass) throw Error("resolve a route action: nothing passes for the mobile");
    if (way.treatment == Treatment::deliver) {
      const Hop hop = hop_between(topology_, node_, binding_.mobile);
      Route route = to(data_, table);
      route.via = hop.far->address;
      route.device = hop.near->interface;
      route.source = topology_.nodes[node_].address;
      return route;
    }
    Route route = towards(way, to(data_, table));
    // As its static routes do: what a program here answers the mobile comes from where the mobile has asked.
    route.source = topology_.nodes[node_].address;
    if (way.treatment == Treatment::tunnel) {
      route.encapsulation = encapsulation(way, segment_from(topology_, node_, way.target, binding_.mobile));
    }
    return route;
  }

 private:
  static Route to(const Prefix& destination, std::uint32_t table, RouteType type = RouteType::unicast) {
    Route route;
    route.destination = destination;
    route.table = table;
    route.type = type;
    return route;
  }

  Route default_route(const Way& way) const {
    const bool nobody = way.treatment == Treatment::drop;
    const Hop hop = hop_between(topology_, node_, nobody ? binding_.old_router : way.target);
    Route route = to(anywhere, main_table);
    route.via = nobody ? nobody_on(*hop.link) : hop.far->address;
    route.device = hop.near->interface;
    route.source = data_.address;
    return route;
  }

  netlink::Seg6Encap encapsulation(const Way& way, const Address& segment) const {
    netlink::Seg6Encap encap{.segments = {}, .reduced = way.encapsulation == config::Encapsulation::ip_in_ip};
    for (const Leg& leg : legs_of(topology_, node_, way, segment)) encap.segments.push_back(leg.segment);
    return encap;
  }

  Route uplink(const Way& way, std::uint32_t table) const {
    if (way.treatment == Treatment::drop) return to(anywhere, table, RouteType::blackhole);
    if (way.treatment != Treatment::tunnel) return to(anywhere, table, RouteType::throw_);
    Route route = towards(way, to(anywhere, table));
    route.encapsulation = encapsulation(way, uplink_segment(topology_, way.target, binding_.mobile));
    return route;
  }

  // Open, but where packets from the mobile are dropped.
  Route end_of_uplink(const Way& way) const {
    const Address segment = uplink_segment(topology_, node_, binding_.mobile);
    if (way.treatment == Treatment::drop) return to(host_prefix(segment), main_table, RouteType::blackhole);
    return end_in(segment, main_table);
  }

  Route end_in(const Address& segment, std::uint32_t table) const {
    return end_of_tunnel(topology_, node_, segment, table);
  }

  Route towards(const Way& way, Route route) const {
    const std::size_t next = way.over == npos ? way.target : way.over;
    const config::Link& link = topology_.links[geography_.ways.next_link(node_, next)];
    route.via = (link.a.node == node_ ? link.b : link.a).address;
    route.device = (link.a.node == node_ ? link.a : link.b).interface;
    return route;
  }

  const Geography& geography_;
  const config::Topology& topology_;
  const Binding& binding_;
  std::size_t node_;
  Prefix data_;
};

bool has_link(const config::Topology& topology, std::size_t node) {
  return std::any_of(topology.links.begin(), topology.links.end(),
                     [node](const config::Link& link) { return link.a.node == node || link.b.node == node; });
}

}  // namespace

std::uint32_t ordinal_of(const config::Topology& topology, std::size_t mobile) {
  return static_cast<std::uint32_t>(
      std::count_if(topology.nodes.begin(), topology.nodes.begin() + static_cast<std::ptrdiff_t>(mobile),
                    [](const config::Node& node) { return node.role == config::Role::mobile; }));
}

std::uint32_t table_from(const config::Topology& topology, std::size_t mobile) {
  return first_mobile_table + 2 * ordinal_of(topology, mobile);
}

std::uint32_t table_led(const config::Topology& topology, std::size_t mobile) {
  return table_from(topology, mobile) + 1;
}

Address downlink_segment(const config::Topology& topology, std::size_t node, std::size_t mobile) {
  return segment(topology.nodes[node].locator, 0xd, mobile + 1);
}

Address uplink_segment(const config::Topology& topology, std::size_t node, std::size_t mobile) {
  return segment(topology.nodes[node].locator, 0xe, mobile + 1);
}

Address forwarded_segment(const config::Topology& topology, std::size_t node, std::size_t mobile) {
  return segment(topology.nodes[node].locator, 0xf, mobile + 1);
}

Address waypoint_segment(const config::Topology& topology, std::size_t node) {
  return segment(topology.nodes[node].locator, 0xc, no_mobile);
}

Address segment_from(const config::Topology& topology, std::size_t head, std::size_t tail, std::size_t mobile) {
  return forwards(topology, head, tail, mobile) ? forwarded_segment(topology, tail, mobile)
                                                : downlink_segment(topology, tail, mobile);
}

std::vector<Leg> legs_of(const config::Topology& topology, std::size_t head, const Way& tunnel,
                         const Address& segment) {
  if (tunnel.over == npos) return {{head, tunnel.target, segment}};
  return {{head, tunnel.over, waypoint_segment(topology, tunnel.over)}, {tunnel.over, tunnel.target, segment}};
}

Address nobody_on(const config::Link& link) {
  Address address = link.subnet.address;
  address.bytes[14] = 0xff;
  address.bytes[15] = 0xff;
  return address;
}

std::vector<Route> resolve(const Geography& geography, const Binding& binding, std::size_t node,
                           const config::RouteAction& action) {
  const auto bound = bind(geography.topology, binding, action);
  return Routes(geography, binding, node).of(forwarding_of(geography, binding.mobile, node, bound));
}

std::vector<Route> detached(const Geography& geography, const Binding& binding, std::size_t node) {
  const auto& topology = geography.topology;
  if (topology.nodes[node].role == config::Role::mobile || !has_link(topology, node)) return {};
  const Routes routes(geography, binding, node);
  std::vector<Route> all = routes.ends();
  for (auto& route : routes.of(forwarding_of(geography, binding.mobile, node, std::nullopt))) {
    all.push_back(std::move(route));
  }
  return all;
}

Route led_that_way(const Geography& geography, const Binding& binding, std::size_t node, const Way& way,
                   std::uint32_t table) {
  return Routes(geography, binding, node).downlink(way, table);
}

namespace {

// The kernel wants a device for a seg6local route and does not use it.
Route local_segment(const config::Topology& topology, std::size_t node, const Address& segment) {
  const auto link = std::find_if(topology.links.begin(), topology.links.end(),
                                 [node](const config::Link& one) { return one.a.node == node || one.b.node == node; });
  if (link == topology.links.end()) {
    throw InputError(fmt::format("node {}: it has no link", topology.nodes[node].name));
  }
  Route route;
  route.destination = host_prefix(segment);
  route.table = main_table;
  route.device = (link->a.node == node ? link->a : link->b).interface;
  return route;
}

}  // namespace

Route end_of_tunnel(const config::Topology& topology, std::size_t node, const Address& segment, std::uint32_t table) {
  Route route = local_segment(topology, node, segment);
  route.encapsulation = netlink::Seg6EndDt6{table};
  return route;
}

std::vector<Route> waypoint(const config::Topology& topology, std::size_t node) {
  if (topology.nodes[node].role == config::Role::mobile || !has_link(topology, node)) return {};
  Route route = local_segment(topology, node, waypoint_segment(topology, node));
  route.encapsulation = netlink::Seg6End{};
  return {route};
}

std::vector<netlink::Rule> rules_for(const Geography& geography, std::size_t mobile, std::size_t node) {
  if (node == mobile) return {};
  const auto& topology = geography.topology;
  const Prefix data = host_prefix(topology.nodes[mobile].address);
  const auto near = [&](const config::Link& link) { return link.a.node == node ? link.a : link.b; };
  netlink::Rule from;
  from.from = data;
  from.table = table_from(topology, mobile);
  if (!serves(topology, node, mobile)) return {from};
  std::vector<netlink::Rule> rules;
  const std::size_t homewards = link_to_home(geography, mobile, node);
  netlink::Rule led;
  led.to = data;
  led.table = table_led(topology, mobile);
  if (homewards != npos) led.iif = near(topology.links[homewards]).interface;
  rules.push_back(led);
  for (const config::Link& link : topology.links) {
    const bool between =
        (link.a.node == node && link.b.node == mobile) || (link.a.node == mobile && link.b.node == node);
    if (!between) continue;
    from.iif = near(link).interface;
    rules.push_back(from);
  }
  return rules;
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
