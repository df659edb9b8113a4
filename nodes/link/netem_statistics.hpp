// What the kernel counted at the root qdisc of an interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "nodes/netlink/socket.hpp"

namespace segue::link {

struct QdiscStatistics {
  std::uint64_t bytes = 0;     // that left
  std::uint64_t packets = 0;   // that left
  std::uint64_t drops = 0;     // lost and dropped: netem counts both as one
  std::uint64_t requeues = 0;  // of netem: reordered
  std::uint64_t held = 0;      // packets
};

netlink::Request qdisc_dump();
// Reads the answer to it. Nothing if the interface has no root qdisc, or the bytes do not say.
std::optional<QdiscStatistics> decode_statistics(std::span<const std::byte> answer, std::uint32_t index);

}  // namespace segue::link
