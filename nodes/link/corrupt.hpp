// Corruption: one random bit of a frame is flipped.
#pragma once

#include <cstddef>
#include <cstdint>

#include "nodes/link/packet.hpp"
#include "nodes/link/random.hpp"

namespace segue::link {

// Flips one bit behind the vnet header. The header's flags are cleared: a checksum declared valid would hide the damage
// from the receiver. A packet whose checksum the kernel left open (one from before the offloads were turned off) is
// left alone and false returned, since the receiver's kernel would compute the checksum over the damage.
inline bool flip_one_bit(Packet& packet, Random& random) noexcept {
  VnetHeader header = packet.header();
  if (packet.frame_length() == 0 || (header.flags & VnetHeader::needs_checksum) != 0) return false;
  header.flags = 0;
  packet.set_header(header);
  const std::uint32_t bit = random.below(packet.frame_length() * 8);
  packet.at(vnet_bytes + bit / 8) ^= static_cast<std::byte>(1U << (bit % 8));
  return true;
}

}  // namespace segue::link
