// What travels between two agents: one datagram or frame of a mechanism's signalling.
//
// Layer 2 signals are frames of EtherType 0x88B5 (IEEE 802, local experimental) and cross one link; layer 3 signals are
// UDP datagrams over IPv6 to `signal_port`. Both carry the same bytes, in network byte order:
//   magic u32 | kind u8 | attempt u8 | step u16 | handover u64 | text length u16 | text | CRC-32 of all before u32
//
// An Ethernet frame ends with its checksum (IEEE 802.3, 3.2.9), which the emulated link has no bits for: a frame that
// was damaged under way is a lost one. So a signal has its own. What it does not cover is the header in front of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace segue::signalling {

constexpr std::uint16_t signal_ethertype = 0x88B5;
constexpr std::uint16_t signal_port = 24118;
constexpr std::size_t signal_text_limit = 1024;  // bytes: a signal fits one packet on any link

struct Signal {
  enum class Kind : std::uint8_t {
    message = 1,      // the mechanism's own message
    acknowledge = 2,  // received; sent when the step has retries
    confirm = 3,      // processed; sent when the sender of the step waits for that
    delivered = 4,    // by its link layer: what the mobile has received last over a link that it leaves
  };
  Kind kind = Kind::message;
  std::uint8_t attempt = 0;  // 0 first, then one more for each repetition
  std::uint16_t step = 0;    // index in the mechanism
  std::uint64_t handover = 0;
  std::string text;

  friend bool operator==(const Signal&, const Signal&) = default;
};

std::vector<std::uint8_t> encode(const Signal& signal);

// Nothing if the bytes are no signal, or not as they were sent: anybody may send to a port, and links flip bits.
// Padding behind it (Ethernet's) is ignored.
std::optional<Signal> decode(std::span<const std::uint8_t> bytes);

}  // namespace segue::signalling
