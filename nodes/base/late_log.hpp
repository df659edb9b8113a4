// What came late, with its moment: a histogram tells how late things were, and not when.
//
// Fixed size, no allocation, trivially copyable: it crosses a socket between programs of one build. 4 KiB. It keeps the
// most recent entries and knows until when it has forgotten any.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "nodes/base/clock.hpp"

namespace segue {

struct LateEvent {
  std::int64_t due_ns = 0;  // of segue::Clock
  std::int64_t late_ns = 0;
};

// What one or several logs hold. `forgotten_ns`: whatever ended by then may be missing; 0: nothing is.
struct LateEvents {
  std::vector<LateEvent> events;
  std::int64_t forgotten_ns = 0;

  void add(const LateEvents& more) {
    events.insert(events.end(), more.events.begin(), more.events.end());
    forgotten_ns = std::max(forgotten_ns, more.forgotten_ns);
  }
};

class LateLog {
 public:
  static constexpr std::size_t kept = 256;
  static constexpr Nanoseconds least{500'000};  // what is less late is not worth an entry

  void note(Instant due, Nanoseconds late) noexcept {
    if (late < least) return;
    LateEvent& slot = events_[count_++ % kept];
    if (count_ > kept) forgotten_ns_ = std::max(forgotten_ns_, slot.due_ns + slot.late_ns);
    slot = {to_ns(due), late.count()};
  }

  LateEvents events() const {  // oldest first
    const std::size_t held = std::min(count_, kept);
    LateEvents all{{}, forgotten_ns_};
    all.events.reserve(held);
    for (std::size_t i = count_ - held; i < count_; ++i) all.events.push_back(events_[i % kept]);
    return all;
  }

 private:
  std::array<LateEvent, kept> events_{};
  std::size_t count_ = 0;
  std::int64_t forgotten_ns_ = 0;
};

}  // namespace segue
