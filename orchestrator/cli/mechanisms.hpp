// Which of a lab's mechanisms a command means.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/topology.hpp"

namespace segue::cli {

// Those named, in that order, or those that run by default. Throws InputError, with the names there are.
std::vector<config::Mechanism> choose_mechanisms(const config::Topology& topology,
                                                 const std::vector<std::string>& names);

}  // namespace segue::cli
