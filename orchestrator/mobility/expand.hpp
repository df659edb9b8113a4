// A mechanism as one handover has it, by the ways of a lab (config/expansion.hpp).
#pragma once

#include <vector>

#include "orchestrator/config/expansion.hpp"
#include "orchestrator/mobility/forwarding.hpp"

namespace segue::mobility {

config::Mechanism expanded(const Geography& geography, const config::Mechanism& mechanism, const Binding& binding);

// What it calls attached, for a mobile at `binding.new_router`.
std::vector<config::Placed> attached_in(const Geography& geography, const config::Mechanism& mechanism,
                                        const Binding& binding);

// The same geography, where packets for the mobile are led to the home that the mechanism says.
Geography under(const Geography& geography, const config::Mechanism& mechanism);

}  // namespace segue::mobility
