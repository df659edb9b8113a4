#include "orchestrator/mobility/segments.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/base/error.hpp"

namespace segue::mobility {

namespace {

using config::npos;
using netlink::Route;

constexpr std::uint32_t main_table = 254;
constexpr std::uint8_t waypoint_function = 0xc;
constexpr std::uint8_t down = 0xd;
constexpr std::uint8_t up = 0xe;
constexpr std::uint8_t forwarded = 0xf;
constexpr std::uint8_t of_ipv4 = 0x40;
constexpr std::size_t no_mobile = 0;

// The argument is 0, or the number of a mobile from 1.
Address segment(const Prefix& locator, std::uint8_t function, std::size_t argument) {
  Address address = locator.address;
  address.bytes[8] = function;
  address.bytes[14] = static_cast<std::uint8_t>(argument >> 8);
  address.bytes[15] = static_cast<std::uint8_t>(argument);
  return address;
}

Address segment_of(const config::Topology& topology, std::size_t node, std::uint8_t function, std::size_t mobile,
                   Family inner) {
  const auto of_family = static_cast<std::uint8_t>(inner == Family::ipv4 ? of_ipv4 | function : function);
  return segment(topology.nodes[node].locator, of_family, mobile + 1);
}

// 0.0.0.0 is the packet's own destination: the rules lead it to the main table in the end.
Address stand_in_for(std::uint32_t table) {
  Address address{.family = Family::ipv4};
  if (table == main_table) return address;
  address.bytes = {240, static_cast<std::uint8_t>(table >> 16), static_cast<std::uint8_t>(table >> 8),
                   static_cast<std::uint8_t>(table)};
  return address;
}

const config::Link* some_link(const config::Topology& topology, std::size_t node) {
  const auto link = std::find_if(topology.links.begin(), topology.links.end(),
                                 [node](const config::Link& one) { return one.a.node == node || one.b.node == node; });
  return link == topology.links.end() ? nullptr : &*link;
}

// The kernel wants a device for a seg6local route and does not use it.
Route local_segment(const config::Topology& topology, std::size_t node, const Address& segment) {
  const config::Link* const link = some_link(topology, node);
  if (link == nullptr) throw InputError(fmt::format("node {}: it has no link", topology.nodes[node].name));
  Route route;
  route.destination = host_prefix(segment);
  route.table = main_table;
  route.device = (link->a.node == node ? link->a : link->b).interface;
  return route;
}

}  // namespace

Address downlink_segment(const config::Topology& topology, std::size_t node, std::size_t mobile, Family inner) {
  return segment_of(topology, node, down, mobile, inner);
}

Address uplink_segment(const config::Topology& topology, std::size_t node, std::size_t mobile, Family inner) {
  return segment_of(topology, node, up, mobile, inner);
}

Address forwarded_segment(const config::Topology& topology, std::size_t node, std::size_t mobile, Family inner) {
  return segment_of(topology, node, forwarded, mobile, inner);
}

Address waypoint_segment(const config::Topology& topology, std::size_t node) {
  return segment(topology.nodes[node].locator, waypoint_function, no_mobile);
}

Address segment_from(const config::Topology& topology, std::size_t head, std::size_t tail, std::size_t mobile,
                     Family inner) {
  return forwards(topology, head, tail, mobile) ? forwarded_segment(topology, tail, mobile, inner)
                                                : downlink_segment(topology, tail, mobile, inner);
}

std::vector<Leg> legs_of(const config::Topology& topology, std::size_t head, const Way& tunnel,
                         const Address& segment) {
  if (tunnel.over == npos) return {{head, tunnel.target, segment}};
  return {{head, tunnel.over, waypoint_segment(topology, tunnel.over)}, {tunnel.over, tunnel.target, segment}};
}

Route end_of_tunnel(const config::Topology& topology, std::size_t node, const Address& segment, std::uint32_t table,
                    Family inner) {
  Route route = local_segment(topology, node, segment);
  if (inner == Family::ipv4) {
    route.encapsulation = netlink::Seg6EndDx4{stand_in_for(table)};
  } else {
    route.encapsulation = netlink::Seg6EndDt6{table};
  }
  return route;
}

netlink::Rule rule_of_table(std::uint32_t table) {
  return {.family = Family::ipv4, .to = host_prefix(stand_in_for(table)), .table = table};
}

std::vector<Route> waypoint(const config::Topology& topology, std::size_t node) {
  if (topology.nodes[node].role == config::Role::mobile || some_link(topology, node) == nullptr) return {};
  Route route = local_segment(topology, node, waypoint_segment(topology, node));
  route.encapsulation = netlink::Seg6End{};
  return {route};
}

Prefix destination_in(std::uint32_t table, const Address& data) {
  return data.family == Family::ipv4 && table != main_table ? all_of(data.family) : host_prefix(data);
}

Prefix all_of(Family family) { return {Address{.family = family}, 0}; }

}  // namespace segue::mobility
