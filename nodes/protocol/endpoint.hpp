// Where signalling goes, as the node that sends it sees it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>

#include "nodes/base/ip.hpp"

namespace segue::protocol {

using Mac = std::array<std::uint8_t, 6>;

struct LinkEndpoint {  // layer 2: a neighbour on the link of an interface
  std::string interface;
  Mac to{};
  friend bool operator==(const LinkEndpoint&, const LinkEndpoint&) = default;
};

// Layer 3. The source decides which access link a mobile's signalling leaves by: its routing rules look at it.
struct NetworkEndpoint {
  Address from;
  Address to;
  friend bool operator==(const NetworkEndpoint&, const NetworkEndpoint&) = default;
};

using Endpoint = std::variant<LinkEndpoint, NetworkEndpoint>;

}  // namespace segue::protocol
