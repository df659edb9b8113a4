// What the kernel counted at the qdiscs of an interface: the one at the root, and what is below it.
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
  std::uint64_t drops = 0;     // those of what is below it included
  std::uint64_t requeues = 0;  // of netem: reordered
  std::uint64_t held = 0;      // packets, likewise
};

struct LinkStatistics {
  QdiscStatistics root;
  QdiscStatistics below;  // nothing if there is none
};

netlink::Request qdisc_dump();
// Reads the answer to it. Nothing if the interface has no root qdisc, or the bytes do not say.
std::optional<LinkStatistics> decode_statistics(std::span<const std::byte> answer, std::uint32_t index);

}  // namespace segue::link
