// What a node saw of one packet of a call.
#pragma once

#include <cstdint>
#include <string>

#include "nodes/base/ip.hpp"

namespace segue::protocol {

struct Sighting {
  enum class Kind : std::uint8_t {
    came,        // over an interface
    strange,     // it came, and its link-layer address is of somebody else
    left,        // by an interface, as late as the kernel tells: behind its queues
    lost,        // by chance, on the link that it was to leave by
    refused,     // for the queue of that link was full
    held,        // it waits in a buffer
    sent_on,     // by a buffer
    overflowed,  // a buffer had no room for it
    discarded,   // from a buffer
  };

  std::uint32_t flow = 0;
  std::uint64_t sequence = 0;
  std::int64_t at_ns = 0;  // of segue::Clock
  Kind kind = Kind::came;
  std::string interface;        // none in a buffer
  bool tunnelled = false;       // it is in a tunnel, and the next is the tunnel's
  Address towards;              // the destination of the outermost header
  std::uint8_t hop_limit = 0;   // likewise
  std::uint8_t inner_hops = 0;  // the hop limit of the innermost one
  friend bool operator==(const Sighting&, const Sighting&) = default;
};

}  // namespace segue::protocol
