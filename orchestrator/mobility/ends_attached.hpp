// Whether a mechanism leaves behind what it says it does.
#pragma once

#include <cstddef>

#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/mobility/forwarding.hpp"

namespace segue::mobility {

// Throws InputError, with the node, if the mechanism does not leave behind what it calls `attached`: the handover after
// it would begin from another state than the one the analysis takes; and, with the step, for a message over a link that
// the radio has left. For every two access routers of the mobile, and whatever waits are drawn: their means, and the
// least and the most of them.
void require_ends_attached(const Geography& geography, const config::Mechanism& mechanism, std::size_t mobile);

}  // namespace segue::mobility
