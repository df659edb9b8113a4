// What the orchestrator and segue-wire say to each other. Both are of one build, so the messages are plain structs; the
// version catches a stale program. Each request is one SOCK_SEQPACKET message and gets one reply, in order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

#include "nodes/link/impairment.hpp"
#include "nodes/link/loss_event.hpp"

namespace segue::link {

enum class RequestKind : std::uint32_t {
  use_packet_sockets,  // that of packets and that of segments (packet_ring.hpp) as SCM_RIGHTS; once
  add_link,  // with both TAPs as SCM_RIGHTS, or with the numbers of two interfaces that the packet sockets see
  remove_link,
  change,  // `direction` of `link` to `a_to_b` or `b_to_a`
  set_spin,
  reset_lateness,
  attend,  // or not, by `on`
  read_back,
  counters,
  status,
  lateness,
  turns,
  late,
  losses,
};

inline constexpr std::uint32_t wire_version = 0x53570003;  // "SW", 3
// How often segue-wire looks for packets while it attends.
inline constexpr Delay look_every = std::chrono::microseconds(250);
inline constexpr Delay longest_spin = std::chrono::milliseconds(10);

struct Request {
  std::uint32_t version = wire_version;
  std::uint32_t sequence = 0;
  RequestKind kind = RequestKind::status;
  std::uint32_t link = 0;
  Direction direction = Direction::a_to_b;
  Delay spin{0};
  std::array<std::uint32_t, 2> interfaces{};  // of a and of b; 0: the TAPs
  std::uint8_t on = 0;                        // 0: off; a bool would have to be trusted
  Impairments a_to_b;
  Impairments b_to_a;
};

// Followed by a payload: what was asked for, or the reason as text if `refused`. A list's length follows from the size.
struct ReplyHeader {
  std::uint32_t version = wire_version;
  std::uint32_t sequence = 0;
  std::uint32_t refused = 0;
  std::uint32_t reserved = 0;
};

static_assert(std::is_trivially_copyable_v<Request> && std::is_trivially_copyable_v<ReplyHeader>);
static_assert(std::is_trivially_copyable_v<Impairments> && std::is_trivially_copyable_v<LossEvent>);

struct Parsed {
  std::optional<Request> request;
  std::string refusal;  // why, if there is no request
};

// Reads one message. What is no request of this version, or asks for what cannot be (a probability of 7, a negative
// delay), is refused.
Parsed parse_request(std::span<const std::byte> message);

// Why these impairments cannot be; empty if they can.
std::string refusal_of(const Impairments& impairments);

}  // namespace segue::link
