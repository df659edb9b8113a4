// A mechanism bound to the nodes of one handover: the plans its agents play, and what holds before it.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "nodes/protocol/plan.hpp"
#include "orchestrator/mobility/kernel_routes.hpp"

namespace segue::mobility {

// One plan for every node that takes part, with the steps that it takes part in; every wait of the mechanism's has to
// be drawn. Throws InputError when the mechanism does not fit the topology.
std::vector<protocol::Plan> plans_for(const Geography& geography, const config::Mechanism& mechanism,
                                      const Binding& binding, std::uint64_t handover);

// What every node has to do so that the mobile is attached to `binding.new_router`, whatever was before: the mechanism's
// `attached` actions, with every other access router of the mobile off. By node.
std::map<std::size_t, std::vector<protocol::Action>> attached(const Geography& geography,
                                                              const config::Mechanism& mechanism,
                                                              const Binding& binding);

}  // namespace segue::mobility
