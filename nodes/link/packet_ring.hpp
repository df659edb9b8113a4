// Frames of all interfaces of a network namespace, through an AF_PACKET socket whose receive ring is mapped.
//
// A frame begins with a virtio_net_hdr of 10 bytes, as a TAP's does, so segments of 64 KiB pass whole. A ring's slots
// are of one size: so there is a ring with many small ones, for single packets, and one with few large ones, for
// segments; a filter on the length gives each frame to one of them. They take 36 MiB in all, however many interfaces
// there are.
//
// What comes while a ring is full is lost. 802.1Q tags are not kept: the kernel takes them off before the socket.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "nodes/base/clock.hpp"
#include "nodes/base/fd.hpp"

struct iovec;
struct tpacket2_hdr;

namespace segue::link {

struct RingShape {
  std::uint32_t slot_bytes = 0;  // what a frame and some 80 bytes have to fit in
  std::uint32_t block_bytes = 0;
  std::uint32_t blocks = 0;
  // The lengths of the frames that come to it.
  std::uint32_t shortest = 0;
  std::uint32_t longest = 0;

  std::uint32_t slots_a_block() const noexcept { return block_bytes / slot_bytes; }
  std::uint32_t slots() const noexcept { return slots_a_block() * blocks; }
  std::size_t bytes() const noexcept { return std::size_t{block_bytes} * blocks; }
};

inline constexpr RingShape packet_slots{2048, 1 << 18, 64, 0, 1920};                // 8,192
inline constexpr RingShape segment_slots{69632, 69632 * 15, 20, 1921, UINT32_MAX};  // 300

// A socket with a ring of this shape, which takes what arrives at any interface of the calling thread's namespace from
// now on. Throws Error.
Fd open_packet_socket(const RingShape& shape);

struct Frame {
  std::uint32_t interface = 0;       // its index
  std::span<const std::byte> bytes;  // header included; in the ring
  Instant arrival;                   // the kernel's stamp
};

class PacketRing {
 public:
  PacketRing(Fd socket, const RingShape& shape);  // throws Error if the socket has no such ring
  PacketRing(const PacketRing&) = delete;
  PacketRing& operator=(const PacketRing&) = delete;
  ~PacketRing();

  int fd() const noexcept { return socket_.get(); }
  std::optional<Frame> front() const noexcept;
  void pop() noexcept;  // gives the slot of front() back

 private:
  tpacket2_hdr* slot() const noexcept;

  Fd socket_;
  RingShape shape_;
  std::byte* memory_ = nullptr;
  std::uint32_t next_ = 0;
};

// Both rings as one: frames in the order in which they came.
class PacketPort {
 public:
  PacketPort(Fd packets, Fd segments);

  std::array<int, 2> fds() const noexcept { return {packets_.fd(), segments_.fd()}; }
  // The next frame, which is there until the next call. No frame's arrival is before that of the one before it, or
  // before the rings were last seen empty, whatever was done to the clock that the kernel's stamps are of.
  std::optional<Frame> take();
  bool send(std::uint32_t interface, std::span<const iovec> parts);  // header included; whether it was delivered

 private:
  PacketRing packets_;
  PacketRing segments_;
  PacketRing* taken_ = nullptr;
  Instant earliest_;
};

}  // namespace segue::link
