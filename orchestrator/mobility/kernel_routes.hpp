// What forwarding.hpp says of a node, in the kernel's terms.
//
// A tunnel is SRv6 (RFC 8986): H.Encaps at its head, End.DT6 at its tail. Each node has two segment identifiers per
// mobile, taken from its locator: that of the downlink ends in the table for what is led here, that of the uplink in
// the main table. At an access router a table of its own has packets for D that were led there; the rules
// `to D iif <the side of its home>` and the downlink's segment look them up in it. Packets from D are told apart by the
// rule `from D`, at an access router `from D iif <the access link>`; an empty table, or `throw`, goes on to the main
// table. Rules and segments are set once, and an action replaces one route in each table.
//
// Rules know the home that the topology says. Where a mechanism says another, an access router may have to tell what is
// led there by another link: each has a table of its own, `to D iif <that link>`, which is asked before all that.
//
// IPv4 takes the very ways of IPv6: next hops are IPv6 addresses there too (RFC 8950), so access links need no IPv4, and
// what becomes of a neighbour's link-layer address holds for both. Its tunnels have segments of their own. End.DT4 would
// need a VRF device, which not every kernel has, so they end in End.DX4: where that leads to a table, its next hop is an
// address that stands for the table (240.0.0.0 and the table's number: class E is nobody's, RFC 1112) and that a rule
// leads there. What such a table has of a mobile is a default route, since the look-up is not for D.
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
// The links by which an access router hears from others than the mobile, and what comes by one of them for the mobile:
// asked first, and empty unless the mechanism's home is on another side than the topology's.
std::vector<std::size_t> sides(const config::Topology& topology, std::size_t node, std::size_t mobile);
std::uint32_t table_of_side(const config::Topology& topology, std::size_t mobile, std::size_t link);
// `inner`: the family of what is in the tunnel.
Address downlink_segment(const config::Topology& topology, std::size_t node, std::size_t mobile,
                         Family inner = Family::ipv6);
Address uplink_segment(const config::Topology& topology, std::size_t node, std::size_t mobile,
                       Family inner = Family::ipv6);
Address nobody_on(const config::Link& link);

// The routes `node` has to set for `action`. Throws InputError for an action the node cannot do.
std::vector<netlink::Route> resolve(const Geography& geography, const Binding& binding, std::size_t node,
                                    const config::RouteAction& action);

// What `node` has for the mobile while no mechanism has spoken, the ends of tunnels included. Empty at the mobile.
std::vector<netlink::Route> detached(const Geography& geography, const Binding& binding, std::size_t node);

// What takes packets of that family for `segment` out of their tunnel at `node` and looks them up in that table; IPv4
// needs its rule there, but for the main table.
netlink::Route end_of_tunnel(const config::Topology& topology, std::size_t node, const Address& segment,
                             std::uint32_t table, Family inner = Family::ipv6);
netlink::Rule rule_of_table(std::uint32_t table);  // its priority is left to the caller

// What a mobile's packets to `data` are called in that table; and those from it.
Prefix destination_in(std::uint32_t table, const Address& data);
Prefix all_of(Family family);

// The rules `node` needs for the mobile, of both families, once. Their priority is left to the caller. Empty at the mobile.
std::vector<netlink::Rule> rules_for(const Geography& geography, std::size_t mobile, std::size_t node);

// The same as commands of iproute2, for the mechanisms that do it the paper's way.
std::string as_commands(const std::vector<netlink::Route>& routes);

}  // namespace segue::mobility
