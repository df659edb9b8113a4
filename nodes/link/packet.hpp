// Packets in flight, and the memory they lie in.
//
// A packet starts with the TAP's vnet header (virtio-v1.2, 5.1.6) and is spread over one or two slots: the first
// small_slot bytes in a small one, the rest, if there is any, in a large one. So a read with two parts needs no look at
// the length before, and a voice packet does not occupy 64 KiB.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

namespace segue::link {

inline constexpr std::size_t small_slot = 2048;
inline constexpr std::size_t large_slot =
    65536;  // a segment of 64 KiB with its headers, less what the small slot takes
inline constexpr std::size_t vnet_bytes = 10;
inline constexpr std::size_t most_memory = std::size_t{1} << 30;  // for packets in flight

// struct virtio_net_hdr, in the machine's own byte order, as the TAP has it unless told otherwise.
struct VnetHeader {
  static constexpr std::uint8_t needs_checksum = 1;
  std::uint8_t flags = 0;
  std::uint8_t gso_type = 0;
  std::uint16_t header_length = 0;
  std::uint16_t gso_size = 0;
  std::uint16_t checksum_start = 0;
  std::uint16_t checksum_offset = 0;
};
static_assert(sizeof(VnetHeader) == vnet_bytes);

// A handle; the pool owns the memory. `large` is set if and only if the packet needs it.
struct Packet {
  std::byte* small = nullptr;
  std::byte* large = nullptr;
  std::uint32_t length = 0;  // vnet header included

  std::uint32_t frame_length() const noexcept {
    return length > vnet_bytes ? length - static_cast<std::uint32_t>(vnet_bytes) : 0;
  }
  std::byte& at(std::size_t offset) const noexcept {
    return offset < small_slot ? small[offset] : large[offset - small_slot];
  }
  VnetHeader header() const noexcept {
    VnetHeader header;
    std::memcpy(&header, small, sizeof header);
    return header;
  }
  void set_header(const VnetHeader& header) const noexcept { std::memcpy(small, &header, sizeof header); }
  // How many packets on the wire this one stands for: more than one for a large segment that passes whole.
  std::uint32_t segments() const noexcept;
};

// Slots of one size, taken and given back in constant time. Memory grows in chunks up to a limit and is kept.
class SlotPool {
 public:
  SlotPool(std::size_t slot_bytes, std::size_t slots_a_chunk, std::size_t limit_bytes)
      : slot_bytes_(slot_bytes), slots_a_chunk_(slots_a_chunk), limit_bytes_(limit_bytes) {}

  std::byte* take();  // nullptr when the limit is reached
  void give(std::byte* slot) noexcept {
    std::memcpy(slot, &free_, sizeof free_);
    free_ = slot;
  }

 private:
  bool grow();

  std::size_t slot_bytes_;
  std::size_t slots_a_chunk_;
  std::size_t limit_bytes_;
  std::byte* free_ = nullptr;  // each free slot begins with a pointer to the next
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
};

class PacketPool {
 public:
  explicit PacketPool(std::size_t limit_bytes = most_memory)
      : small_(small_slot, 256, limit_bytes / 4), large_(large_slot, 16, limit_bytes / 4 * 3) {}

  std::byte* take_small() { return small_.take(); }
  std::byte* take_large() { return large_.take(); }
  void give(const Packet& packet) noexcept {
    small_.give(packet.small);
    if (packet.large != nullptr) large_.give(packet.large);
  }
  std::optional<Packet> copy(const Packet& packet);

 private:
  SlotPool small_;
  SlotPool large_;
};

}  // namespace segue::link
