// A topology as a picture, by Graphviz.
#pragma once

#include <string>

#include "orchestrator/config/topology.hpp"

namespace segue::report {

std::string to_dot(const config::Topology& topology);

// Throws MachineError if Graphviz's `dot` is missing.
std::string to_svg(const config::Topology& topology);

}  // namespace segue::report
