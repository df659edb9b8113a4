// What nodes and links may be called. Names of nodes are those of interfaces, of what programs look up, and of places
// on a command line.
#pragma once

#include <string>

namespace segue::config {

// What is wrong with the name, as the end of a sentence; "" if nothing is.
std::string fault_of_name(const std::string& name);
std::string fault_of_node_name(const std::string& name);

}  // namespace segue::config
