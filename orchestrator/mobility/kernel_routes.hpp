// What forwarding.hpp says of a node, in the kernel's terms.
//
// A tunnel is SRv6 (RFC 8986): H.Encaps at its head, End.DT6 at its tail, End where it is led over a node. Each node has
// segment identifiers taken from its locator, by function:
//
//   0xc  End, one for all mobiles, in labs with a tunnel that is led over a node
//   0xd  of the downlink: ends in the table for what is led here
//   0xe  of the uplink: ends in the main table
//   0xf  of the downlink from another access router, at an access router: ends as 0xd, but while such packets wait
//
// At an access router a table of its own has packets for D that were led there; the rules
// `to D iif <the side of its home>` and the downlink's segment look them up in it. Packets from D are told apart by the
// rule `from D`, at an access router `from D iif <the access link>`; an empty table, or `throw`, goes on to the main
// table. Rules and segments are set once, and an action replaces one route in each table.
//
// What the mobile sends while it is off goes to "nobody": an address of the access link with a permanent neighbour
// entry whose MAC no interface has. It leaves and is lost, as on a radio that nobody hears: a blackhole would tell the
// sender.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "nodes/netlink/route.hpp"
#include "nodes/netlink/rule.hpp"
#include "orchestrator/mobility/forwarding.hpp"

namespace segue::mobility {

std::uint32_t ordinal_of(const config::Topology& topology, std::size_t mobile);  // among the mobiles, from 0
std::uint32_t table_from(const config::Topology& topology, std::size_t mobile);  // for packets from its data address
std::uint32_t table_led(const config::Topology& topology, std::size_t mobile);   // for those that were led here
// The argument of each is the mobile.
Address downlink_segment(const config::Topology& topology, std::size_t node, std::size_t mobile);
Address uplink_segment(const config::Topology& topology, std::size_t node, std::size_t mobile);
Address forwarded_segment(const config::Topology& topology, std::size_t node, std::size_t mobile);
Address waypoint_segment(const config::Topology& topology, std::size_t node);
// That of the downlink's tunnel from `head`.
Address segment_from(const config::Topology& topology, std::size_t head, std::size_t tail, std::size_t mobile);
Address nobody_on(const config::Link& link);

// The way of a tunnel's packets, each part by the static routes for the segment that is its destination.
struct Leg {
  std::size_t from;
  std::size_t to;
  Address segment;
};
std::vector<Leg> legs_of(const config::Topology& topology, std::size_t head, const Way& tunnel, const Address& segment);

// The routes `node` has to set for `action`. Throws InputError for an action the node cannot do.
std::vector<netlink::Route> resolve(const Geography& geography, const Binding& binding, std::size_t node,
                                    const config::RouteAction& action);

// What `node` has for the mobile while no mechanism has spoken, the ends of tunnels included. Empty at the mobile.
std::vector<netlink::Route> detached(const Geography& geography, const Binding& binding, std::size_t node);

// What it has so that tunnels may be led over it.
std::vector<netlink::Route> waypoint(const config::Topology& topology, std::size_t node);

// What leads packets for the mobile that way, in that table.
netlink::Route led_that_way(const Geography& geography, const Binding& binding, std::size_t node, const Way& way,
                            std::uint32_t table);

// What takes packets for `segment` out of their tunnel at `node` and looks them up in that table.
netlink::Route end_of_tunnel(const config::Topology& topology, std::size_t node, const Address& segment,
                             std::uint32_t table);

// The rules `node` needs for the mobile, once. Their priority is left to the caller. Empty at the mobile.
std::vector<netlink::Rule> rules_for(const Geography& geography, std::size_t mobile, std::size_t node);

// The same as commands of iproute2, for the mechanisms that do it the paper's way.
std::string as_commands(const std::vector<netlink::Route>& routes);

}  // namespace segue::mobility
