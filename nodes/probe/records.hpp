// What the voip probe writes down, one entry a packet. Instants are nanoseconds of segue::Clock.
#pragma once

#include <cstdint>

namespace segue::probe {

struct Sent {
  std::uint64_t sequence = 0;  // from 0, without gaps
  std::int64_t sent_ns = 0;    // just before the call to the kernel
};

struct Received {
  std::uint64_t sequence = 0;
  std::int64_t sent_ns = 0;  // as the packet says
  std::int64_t received_ns = 0;
};

}  // namespace segue::probe
