// Corruption: one random bit of a frame is flipped.
#pragma once

#include <cstddef>
#include <cstdint>

#include "nodes/link/packet.hpp"
#include "nodes/link/random.hpp"

namespace segue::link {

// Computes the checksum that the kernel has left open: the field holds that of the pseudo-header so far.
inline void complete_checksum(const Packet& packet) noexcept {
  VnetHeader header = packet.header();
  const std::size_t begin = vnet_bytes + header.checksum_start;
  const std::size_t field = begin + header.checksum_offset;
  if (field + 2 <= packet.length) {
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i < packet.length; ++i) {
      const auto byte = std::to_integer<std::uint64_t>(packet.at(i));
      sum += (i - begin) % 2 == 0 ? byte << 8 : byte;
    }
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    const auto checksum =
        sum == 0xffff ? 0xffff : static_cast<unsigned>(~sum & 0xffff);  // 0 would say that there is none
    packet.at(field) = static_cast<std::byte>(checksum >> 8);
    packet.at(field + 1) = static_cast<std::byte>(checksum);
  }
  header.flags = static_cast<std::uint8_t>(header.flags & ~unsigned{VnetHeader::needs_checksum});
  packet.set_header(header);
}

// Flips one bit behind the vnet header. The header's flags are cleared: a checksum declared valid would hide the damage
// from the receiver, and one left open would be computed over it. A segment that passes whole (from before the offloads
// were turned off) is left alone and false returned, since each of its packets has a checksum of its own.
inline bool flip_one_bit(Packet& packet, Random& random) noexcept {
  if (packet.frame_length() == 0 || packet.header().gso_type != 0) return false;
  if ((packet.header().flags & VnetHeader::needs_checksum) != 0) complete_checksum(packet);
  VnetHeader header = packet.header();
  header.flags = 0;
  packet.set_header(header);
  const std::uint32_t bit = random.below(packet.frame_length() * 8);
  packet.at(vnet_bytes + bit / 8) ^= static_cast<std::byte>(1U << (bit % 8));
  return true;
}

}  // namespace segue::link
