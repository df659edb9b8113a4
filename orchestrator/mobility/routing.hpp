// What a mechanism's route actions are in the kernel's terms.
//
// The actions act on the mobile node's data address D:
//
//   action         at the mobile                at any other node
//   off            default route to nobody      D, traffic from D, and D's tunnel ends here: blackhole
//   through        -                            D is delivered on the access link; traffic from D goes on as usual
//   through tunnel -                            the same, but traffic from D goes in a tunnel to that node
//   via            default route over it        D goes to that node, plainly
//   tunnel         -                            D goes to that node in a tunnel; D's tunnel to here is open
//
// A tunnel is SRv6 (RFC 8986): H.Encaps at its head; at its tail End.DX6 towards the mobile (downlink) or End.DT6
// (uplink). Each node has one segment identifier per mobile and direction, taken from its locator. Traffic from D is
// told apart by a rule `from D lookup <table of D>` at every node but the mobile; an empty table, or `throw`, goes on
// to the main table.
//
// "Nobody" is an address of the access link with a permanent neighbour entry whose MAC no interface has. What the
// mobile sends while it is off leaves and is lost, as on a radio that nobody hears: a blackhole would tell the sender.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nodes/netlink/route.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/routes.hpp"
#include "orchestrator/config/topology.hpp"
#include "orchestrator/mobility/expectation.hpp"

namespace segue::mobility {

// Where routes and tunnels of a lab lead; both must outlive it.
struct Geography {
  const config::Topology& topology;
  const config::Paths& paths;
};

// Names of a mechanism: a role bound for the handover, a role only one node has, or a node. Throws InputError.
std::size_t node_named(const config::Topology& topology, const Binding& binding, const std::string& name);

// A link between two nodes (the one of least delay), from the first one's side. Throws InputError if there is none.
struct Hop {
  const config::Link* link;
  const config::LinkEnd* near;
  const config::LinkEnd* far;
};
Hop hop_between(const config::Topology& topology, std::size_t from, std::size_t to);

std::uint32_t table_of(const config::Topology& topology, std::size_t mobile);  // for traffic from its data address
Address downlink_segment(const config::Topology& topology, std::size_t node, std::size_t mobile);
Address uplink_segment(const config::Topology& topology, std::size_t node, std::size_t mobile);
Address nobody_on(const config::Link& link);

// The routes `node` has to set for `action`. Throws InputError for an action the node cannot do.
std::vector<netlink::Route> resolve(const Geography& geography, const Binding& binding, std::size_t node,
                                    const config::RouteAction& action);

// What `node` has for the mobile's data address while no mechanism has spoken: packets for it go as far as the mobile's
// home and end there, packets from it pass, access routers serve nobody. Empty at the mobile.
std::vector<netlink::Route> detached(const Geography& geography, const Binding& binding, std::size_t node);

// The same as commands of iproute2, for the mechanisms that do it the paper's way.
std::string as_commands(const std::vector<netlink::Route>& routes);

}  // namespace segue::mobility
