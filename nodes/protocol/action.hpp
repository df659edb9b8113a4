// What a node does, besides signalling, when a handover begins or one of its steps is done.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "nodes/netlink/route.hpp"

namespace segue::protocol {

// Each in the place of the one of its prefix, table and metric. Done when the kernel has acknowledged them.
struct SetRoutes {
  std::vector<netlink::Route> routes;
  friend bool operator==(const SetRoutes&, const SetRoutes&) = default;
};

// By /bin/sh. Done when it has ended, with status 0.
struct Execute {
  std::string command;
  friend bool operator==(const Execute&, const Execute&) = default;
};

using Action = std::variant<SetRoutes, Execute>;

}  // namespace segue::protocol
