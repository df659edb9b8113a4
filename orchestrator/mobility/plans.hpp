// A mechanism bound to the nodes of one handover: the plans its agents play, and the routes that hold before it.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "nodes/protocol/plan.hpp"
#include "orchestrator/mobility/kernel_routes.hpp"

namespace segue::mobility {

// One plan for every node that takes part, with the steps that it takes part in. Throws InputError when the mechanism does not fit the topology.
std::vector<protocol::Plan> plans_for(const Geography& geography, const config::Mechanism& mechanism,
                                      const Binding& binding, std::uint64_t handover);

// The state while the mobile is attached to `binding.new_router`: the mechanism's `attached` actions, with every other
// access router of the mobile off. By node.
std::map<std::size_t, std::vector<netlink::Route>> attached_routes(const Geography& geography,
                                                                   const config::Mechanism& mechanism,
                                                                   const Binding& binding);

}  // namespace segue::mobility
