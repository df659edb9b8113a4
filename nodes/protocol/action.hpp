// What a node does, besides signalling, when a handover begins or one of its steps is done.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "nodes/netlink/route.hpp"

namespace segue::protocol {

struct
    SetRoutes {  // each in the place of the one of its prefix, table and metric; done when the kernel has acknowledged
  std::vector<netlink::Route> routes;
  friend bool operator==(const SetRoutes&, const SetRoutes&) = default;
};

struct Execute {  // by /bin/sh; done when it has ended, with status 0
  std::string command;
  friend bool operator==(const Execute&, const Execute&) = default;
};

using Action = std::variant<SetRoutes, Execute>;

}  // namespace segue::protocol
