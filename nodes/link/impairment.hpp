// What a link does to the packets of one direction: what is asked of either link engine.
//
// Meanings follow netem (tc-netem(8)), so that both engines can be held to one table of physical checks.
#pragma once

#include <chrono>
#include <cstdint>

#include "nodes/base/units.hpp"

namespace segue::link {

// What either engine can do, and what is refused before one is asked.
inline constexpr Delay longest_delay = std::chrono::hours(1);
inline constexpr Delay longest_jitter = std::chrono::milliseconds(2147);  // netem counts it in 31 bits of nanoseconds
inline constexpr unsigned mtu_at_least = 1280;                            // IPv6 has no less (RFC 8200, 5)
inline constexpr unsigned mtu_at_most = 65521;                            // a TAP's: 65535 less the Ethernet header

enum class JitterShape : std::uint8_t { uniform, normal };

// Loss by the Gilbert-Elliott model, with netem's parameters (`loss gemodel p r 1-h 1-k`). Off while p is 0.
struct GilbertElliott {
  Probability p;             // good to bad, per packet
  Probability r;             // bad to good
  Probability loss_in_bad;   // 1-h
  Probability loss_in_good;  // 1-k
  friend bool operator==(const GilbertElliott&, const GilbertElliott&) = default;
};

struct Impairments {
  Delay delay{0};
  Delay jitter{0};  // uniform: delay ± jitter; normal: its standard deviation
  JitterShape jitter_shape = JitterShape::normal;
  Probability loss;  // independent; excludes gilbert_elliott
  GilbertElliott gilbert_elliott;
  Rate rate;                         // 0: no limit
  std::uint32_t queue_limit = 1000;  // packets
  Probability reorder;               // this share is sent at once, past those that wait; needs a delay
  Probability duplicate;
  Probability corrupt;     // one bit of the packet is flipped
  std::uint64_t seed = 0;  // fixes the random sequence

  // Whether every packet needs a decision of its own, so that large segments must not pass whole.
  bool per_packet() const noexcept {
    return loss.value > 0 || gilbert_elliott.p.value > 0 || rate.bits_per_second > 0 || reorder.value > 0 ||
           duplicate.value > 0 || corrupt.value > 0 || jitter > Delay{0};
  }
  friend bool operator==(const Impairments&, const Impairments&) = default;
};

// The share of packets that is lost in the long run.
inline double long_term_loss(const Impairments& impairments) noexcept {
  const GilbertElliott& model = impairments.gilbert_elliott;
  if (model.p.value <= 0) return impairments.loss.value;
  const double bad = model.p.value / (model.p.value + model.r.value);
  return bad * model.loss_in_bad.value + (1 - bad) * model.loss_in_good.value;
}

// What one direction did since the link was made.
struct LinkCounters {
  std::uint64_t packets = 0;  // taken in
  std::uint64_t delivered = 0;
  std::uint64_t lost = 0;     // by loss or Gilbert-Elliott
  std::uint64_t dropped = 0;  // the queue was full
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t corrupted = 0;
  std::uint64_t bytes = 0;  // delivered
};

}  // namespace segue::link
