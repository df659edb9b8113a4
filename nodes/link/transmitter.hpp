// Rate: a transmitter that sends one packet after another, with a queue before it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "nodes/base/clock.hpp"
#include "nodes/base/units.hpp"
#include "nodes/link/ring.hpp"

namespace segue::link {

// Lengths are of Ethernet frames, header included, as netem counts them. As in netem, the packet being sent counts
// against the queue limit until its last bit has left. Without a rate nothing ever waits.
class Transmitter {
 public:
  void set(Rate rate, std::uint32_t queue_limit) noexcept {
    rate_ = rate.bits_per_second;
    queue_limit_ = queue_limit;
  }

  bool limited() const noexcept { return rate_ > 0; }

  // Whether a packet that arrives now has to be dropped. `now` never goes back.
  bool full(Instant now) noexcept {
    while (waiting_ > 0 && ends_.front().at <= now) {
      waiting_ -= ends_.front().packets;
      ends_.pop();
    }
    return rate_ > 0 && waiting_ >= queue_limit_;
  }

  // Takes the packet (a segment that passes whole counts as the packets it stands for) and says when its last bit
  // leaves.
  Instant send(Instant now, std::uint32_t frame_bytes, std::uint32_t packets = 1) {
    const Instant end = end_of(now, frame_bytes);
    if (rate_ == 0) return end;
    busy_until_ = end;
    ends_.push({busy_until_, packets});
    waiting_ += packets;
    return busy_until_;
  }

  // What send() would say. Without a rate, what waits from before it was lifted keeps its time and stays ahead.
  Instant end_of(Instant now, std::uint32_t frame_bytes) const noexcept {
    const Instant begin = std::max(busy_until_, now);
    return rate_ == 0 ? begin : begin + Delay(static_cast<std::int64_t>(duration_ns(frame_bytes)));
  }

  std::uint64_t waiting() const noexcept { return waiting_; }

 private:
  struct End {
    Instant at;
    std::uint32_t packets = 0;
  };

  // Bits times 1e9 fits 64 bits up to 2 GiB.
  std::uint64_t duration_ns(std::uint32_t bytes) const noexcept {
    return std::uint64_t{bytes} * 8 * 1'000'000'000 / rate_;
  }

  std::uint64_t rate_ = 0;
  std::uint32_t queue_limit_ = 0;
  Instant busy_until_{};
  Ring<End> ends_;
  std::uint64_t waiting_ = 0;
};

}  // namespace segue::link
