// Where packets of a mobile's wait at a node, in the kernel's terms.
//
// For each data address D of the mobile's the rule `to D` (at the mobile `from D`) asks a table of its own before any other that knows of D: a route there leads
// to a TUN while packets are held, and `throw` goes on to what the mechanism's routes say otherwise. What comes out of
// the downlink's tunnel is looked up in that table too, for as long. What the relay sends on has a mark, and a rule by
// which it is looked up where packets that were led here are: so it does not matter what has become of the routes
// meanwhile, nor which of them it is that holds. Copies have another mark, and a table with the one route they take.
//
// Forwarded packets come out of a segment of their own (kernel_routes.hpp). Where they wait apart from direct ones, there
// is a second TUN, and a table for that segment alone that leads to it; no rule speaks of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nodes/netlink/route.hpp"
#include "nodes/protocol/action.hpp"
#include "orchestrator/mobility/forwarding.hpp"

namespace segue::mobility {

protocol::Buffer buffer_at(const Geography& geography, const Binding& binding, std::size_t node, std::uint64_t handover,
                           config::Flow flow = config::Flow::all);

// What a node does that is told so; `apart`: the mechanism knows of flows, and each may wait in a queue of its own.
std::vector<protocol::Action> buffer_actions(const Geography& geography, const Binding& binding, std::size_t node,
                                             std::uint64_t handover, const config::BufferAction& action, bool apart);
protocol::Action bicast_action(const Geography& geography, const Binding& binding, std::size_t node,
                               std::uint64_t handover, const config::BicastAction& action);

// Nothing is held at `node`, whatever was before.
std::vector<netlink::Route> unheld(const Geography& geography, const Binding& binding, std::size_t node);

}  // namespace segue::mobility
