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
constexpr std::uint32_t first_mobile_table = 1000;   // two each
constexpr std::uint32_t first_side_table = 100'000;  // one for each link of the lab
// Routes of one node for one of a mobile's data addresses.
class Routes {
 public:
  Routes(const Geography& geography, const Binding& binding, std::size_t node, const Address& data)
      : geography_(geography), topology_(geography.topology), binding_(binding), node_(node), data_(data) {}

  std::vector<Route> of(const Forwarding& forwarding) const {
    if (node_ == binding_.mobile) return {default_route(forwarding.own)};
    const auto from = table_from(topology_, binding_.mobile);
    if (serves(topology_, node_, binding_.mobile)) {
      std::vector<Route> routes{downlink(forwarding.passing, main_table),
                                downlink(forwarding.led, table_led(topology_, binding_.mobile)),
                                uplink(forwarding.own, from)};
      for (const auto link : sides(topology_, node_, binding_.mobile)) {
        const bool led = leads(geography_, link);
        if (led == leads({topology_, geography_.ways}, link)) continue;
        const auto table = table_of_side(topology_, binding_.mobile, link);
        routes.push_back(downlink(led ? forwarding.led : forwarding.passing, table));
      }
      return routes;
    }
    return {downlink(forwarding.passing, main_table), uplink(forwarding.others, from),
            end_of_uplink(forwarding.others)};
  }

  // By each link the rules are right again, which know the topology's home.
  std::vector<Route> plain_sides() const {
    std::vector<Route> routes;
    if (!serves(topology_, node_, binding_.mobile)) return routes;
    for (const auto link : sides(topology_, node_, binding_.mobile)) {
      const auto table = table_of_side(topology_, binding_.mobile, link);
      routes.push_back(to(destination_in(table, data_), table, RouteType::throw_));
    }
    return routes;
  }

  std::vector<Route> ends() const {
    const bool access = serves(topology_, node_, binding_.mobile);
    const auto led = access ? table_led(topology_, binding_.mobile) : main_table;
    std::vector<Route> all{end_in(downlink_segment(topology_, node_, binding_.mobile, data_.family), led),
                           end_in(uplink_segment(topology_, node_, binding_.mobile, data_.family), main_table)};
    if (access) all.push_back(end_in(forwarded_segment(topology_, node_, binding_.mobile, data_.family), led));
    return all;
  }

  Route downlink(const Way& way, std::uint32_t table) const {
    const Prefix destination = destination_in(table, data_);
    if (way.treatment == Treatment::drop) return to(destination, table, RouteType::blackhole);
    if (way.treatment == Treatment::pass) throw Error("resolve a route action: nothing passes for the mobile");
    if (way.treatment == Treatment::deliver) {
      const Hop hop = hop_between(topology_, node_, binding_.mobile);
      Route route = to(destination, table);
      route.via = hop.far->address;
      route.device = hop.near->interface;
      route.source = source();
      return route;
    }
    Route route = towards(way, to(destination, table));
    route.source = source();
    if (way.treatment == Treatment::tunnel) {
      route.encapsulation =
          encapsulation(way, segment_from(topology_, node_, way.target, binding_.mobile, data_.family));
    }
    return route;
  }

 private:
  // Whether what comes over that link for the mobile was led here.
  bool leads(const Geography& geography, std::size_t link) const {
    const auto homewards = link_to_home(geography, binding_.mobile, node_);
    return homewards == npos || homewards == link;
  }

  netlink::Seg6Encap encapsulation(const Way& way, const Address& segment) const {
    netlink::Seg6Encap encap{.segments = {}, .reduced = way.encapsulation == config::Encapsulation::ip_in_ip};
    for (const Leg& leg : legs_of(topology_, node_, way, segment)) encap.segments.push_back(leg.segment);
    return encap;
  }

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
    Route route = to(all_of(data_.family), main_table);
    route.via = nobody ? nobody_on(*hop.link) : hop.far->address;
    route.device = hop.near->interface;
    route.source = data_;
    return route;
  }

  Route uplink(const Way& way, std::uint32_t table) const {
    const Prefix all = all_of(data_.family);
    if (way.treatment == Treatment::drop) return to(all, table, RouteType::blackhole);
    if (way.treatment != Treatment::tunnel) return to(all, table, RouteType::throw_);
    Route route = towards(way, to(all, table));
    route.encapsulation = encapsulation(way, uplink_segment(topology_, way.target, binding_.mobile, data_.family));
    return route;
  }

  // Open, but where packets from the mobile are dropped.
  Route end_of_uplink(const Way& way) const {
    const Address segment = uplink_segment(topology_, node_, binding_.mobile, data_.family);
    if (way.treatment == Treatment::drop) return to(host_prefix(segment), main_table, RouteType::blackhole);
    return end_in(segment, main_table);
  }

  Route end_in(const Address& segment, std::uint32_t table) const {
    return end_of_tunnel(topology_, node_, segment, table, data_.family);
  }

  // As its static routes do: what a program here answers the mobile comes from where the mobile has asked.
  std::optional<Address> source() const { return config::address_of(topology_.nodes[node_], data_.family); }

  Route towards(const Way& way, Route route) const {
    const std::size_t next = way.over == npos ? way.target : way.over;
    const config::Link& link =
        topology_.links[way.treatment == Treatment::onward ? way.link : geography_.ways.next_link(node_, next)];
    route.via = (link.a.node == node_ ? link.b : link.a).address;
    route.device = (link.a.node == node_ ? link.a : link.b).interface;
    return route;
  }

  const Geography& geography_;
  const config::Topology& topology_;
  const Binding& binding_;
  std::size_t node_;
  Address data_;
};

// Of every data address of the mobile's.
template <typename Make>
std::vector<Route> of_both_families(const Geography& geography, const Binding& binding, std::size_t node, Make make) {
  std::vector<Route> all;
  for (const Address& data : config::addresses_of(geography.topology.nodes[binding.mobile])) {
    for (auto& route : make(Routes(geography, binding, node, data))) all.push_back(std::move(route));
  }
  return all;
}

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

std::vector<std::size_t> sides(const config::Topology& topology, std::size_t node, std::size_t mobile) {
  std::vector<std::size_t> links;
  for (std::size_t i = 0; i < topology.links.size(); ++i) {
    const config::Link& link = topology.links[i];
    if (link.a.node != node && link.b.node != node) continue;
    if (across(link, node) != mobile) links.push_back(i);
  }
  return links;
}

std::uint32_t table_of_side(const config::Topology& topology, std::size_t mobile, std::size_t link) {
  return first_side_table + static_cast<std::uint32_t>(ordinal_of(topology, mobile) * topology.links.size() + link);
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
  const auto forwarding = forwarding_of(geography, binding.mobile, node, bound);
  return of_both_families(geography, binding, node, [&](const Routes& routes) { return routes.of(forwarding); });
}

std::vector<Route> detached(const Geography& geography, const Binding& binding, std::size_t node) {
  const auto& topology = geography.topology;
  if (topology.nodes[node].role == config::Role::mobile || !has_link(topology, node)) return {};
  const auto forwarding = forwarding_of(geography, binding.mobile, node, std::nullopt);
  return of_both_families(geography, binding, node, [&](const Routes& routes) {
    std::vector<Route> all = routes.ends();
    for (auto& route : routes.plain_sides()) all.push_back(std::move(route));
    for (auto& route : routes.of(forwarding)) all.push_back(std::move(route));
    return all;
  });
}

std::vector<Route> led_that_way(const Geography& geography, const Binding& binding, std::size_t node, const Way& way,
                                std::uint32_t table) {
  return of_both_families(geography, binding, node,
                          [&](const Routes& routes) { return std::vector<Route>{routes.downlink(way, table)}; });
}

namespace {

// The rules for one of the mobile's data addresses.
std::vector<netlink::Rule> rules_for(const Geography& geography, std::size_t mobile, std::size_t node,
                                     const Address& data) {
  const auto& topology = geography.topology;
  const auto near = [&](const config::Link& link) { return link.a.node == node ? link.a : link.b; };
  netlink::Rule from{.family = data.family, .from = host_prefix(data), .table = table_from(topology, mobile)};
  if (!serves(topology, node, mobile)) return {from};
  std::vector<netlink::Rule> rules;
  for (const auto link : sides(topology, node, mobile)) {
    rules.push_back({.family = data.family,
                     .to = host_prefix(data),
                     .iif = near(topology.links[link]).interface,
                     .table = table_of_side(topology, mobile, link)});
  }
  const std::size_t homewards = link_to_home(geography, mobile, node);
  netlink::Rule led{.family = data.family, .to = host_prefix(data), .table = table_led(topology, mobile)};
  if (homewards != npos) led.iif = near(topology.links[homewards]).interface;
  rules.push_back(led);
  if (data.family == Family::ipv4) rules.push_back(rule_of_table(led.table));
  for (const config::Link& link : topology.links) {
    const bool between =
        (link.a.node == node && link.b.node == mobile) || (link.a.node == mobile && link.b.node == node);
    if (!between) continue;
    from.iif = near(link).interface;
    rules.push_back(from);
  }
  return rules;
}

}  // namespace

std::vector<netlink::Rule> rules_for(const Geography& geography, std::size_t mobile, std::size_t node) {
  if (node == mobile) return {};
  std::vector<netlink::Rule> rules;
  for (const Address& data : config::addresses_of(geography.topology.nodes[mobile])) {
    for (auto& rule : rules_for(geography, mobile, node, data)) rules.push_back(std::move(rule));
  }
  return rules;
}

std::string as_commands(const std::vector<Route>& routes) {
  std::string commands;
  for (const Route& route : routes) {
    if (!commands.empty()) commands += " && ";
    const char* const family = route.destination.address.family == Family::ipv4 ? "-4" : "-6";
    commands += fmt::format("ip {} route replace {}", family, netlink::to_text(route));
  }
  return commands;
}

}  // namespace segue::mobility
