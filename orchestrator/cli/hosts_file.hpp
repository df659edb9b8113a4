// The /etc/hosts of a command in a node.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace segue::cli {

// Addresses and names, in the order in which they are to be found.
using Hosts = std::vector<std::pair<std::string, std::string>>;

// The host's own file, in which a name that a node has is the node's alone, and then the lab's.
std::string hosts_file(std::string_view known, const Hosts& lab);

}  // namespace segue::cli
