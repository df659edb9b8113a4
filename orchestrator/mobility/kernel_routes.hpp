// What forwarding.hpp says of a node, in the kernel's terms.
//
// What comes out of a tunnel is looked up by the function of its segment (segments.hpp). At an access router a table of its
// own has packets for D that were led there; the rules `to D iif <the side of its home>` and the downlink's segment look
// them up in it. Packets from D are told apart by the rule `from D`, at an access router `from D iif <the access link>`;
// an empty table, or `throw`, goes on to the main table. Rules and segments are set once, and an action replaces one route
// in each table.
//
// Rules know the home that the topology says. Where a mechanism says another, an access router may have to tell what is
// led there by another link: each has a table of its own, `to D iif <that link>`, which is asked before all that.
//
// IPv4 takes the very ways of IPv6: next hops are IPv6 addresses there too (RFC 8950), so access links need no IPv4, and
// what becomes of a neighbour's link-layer address holds for both.
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
#include "orchestrator/mobility/segments.hpp"

namespace segue::mobility {

std::uint32_t ordinal_of(const config::Topology& topology, std::size_t mobile);  // among the mobiles, from 0
std::uint32_t table_from(const config::Topology& topology, std::size_t mobile);  // for packets from its data address
std::uint32_t table_led(const config::Topology& topology, std::size_t mobile);   // for those that were led here
// The links by which an access router hears from others than the mobile, and what comes by one of them for the mobile:
// asked first, and empty unless the mechanism's home is on another side than the topology's.
std::vector<std::size_t> sides(const config::Topology& topology, std::size_t node, std::size_t mobile);
std::uint32_t table_of_side(const config::Topology& topology, std::size_t mobile, std::size_t link);
Address nobody_on(const config::Link& link);

// The routes `node` has to set for `action`. Throws InputError for an action the node cannot do.
std::vector<netlink::Route> resolve(const Geography& geography, const Binding& binding, std::size_t node,
                                    const config::RouteAction& action);

// What `node` has for the mobile while no mechanism has spoken, the ends of tunnels included. Empty at the mobile.
std::vector<netlink::Route> detached(const Geography& geography, const Binding& binding, std::size_t node);

// What leads packets for the mobile that way, in that table.
std::vector<netlink::Route> led_that_way(const Geography& geography, const Binding& binding, std::size_t node,
                                         const Way& way, std::uint32_t table);

// The rules `node` needs for the mobile, of both families, once. Their priority is left to the caller. Empty at the mobile.
std::vector<netlink::Rule> rules_for(const Geography& geography, std::size_t mobile, std::size_t node);

// The same as commands of iproute2, for the mechanisms that do it the paper's way.
std::string as_commands(const std::vector<netlink::Route>& routes);

}  // namespace segue::mobility
