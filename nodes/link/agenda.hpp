// Which lane has something due next.
#pragma once

#include <algorithm>
#include <vector>

#include "nodes/base/clock.hpp"

namespace segue::link {

// A heap of appointments. A lane that gets an earlier one leaves its old one behind, which is recognised as stale when
// it comes up: cheaper than moving entries about, since a line's first packet hardly ever changes. Lane needs a member
// `Instant appointment`, Instant::max() while it has none.
template <typename Lane>
class Agenda {
 public:
  // Nothing happens if the lane has an appointment at least as early.
  void arm(Lane& lane, Instant when) {
    if (when >= lane.appointment) return;
    lane.appointment = when;
    heap_.push_back({when, &lane});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  Instant next() noexcept {
    while (!heap_.empty() && heap_.front().when != heap_.front().lane->appointment) drop_front();
    return heap_.empty() ? Instant::max() : heap_.front().when;
  }
  // The lane of next(); its appointment is over.
  Lane& take() noexcept {
    Lane& lane = *heap_.front().lane;
    drop_front();
    lane.appointment = Instant::max();
    return lane;
  }
  void forget(const Lane& lane) {
    std::erase_if(heap_, [&](const Entry& entry) { return entry.lane == &lane; });
    std::make_heap(heap_.begin(), heap_.end(), later);
  }

 private:
  struct Entry {
    Instant when;
    Lane* lane;
  };
  static bool later(const Entry& left, const Entry& right) noexcept { return left.when > right.when; }
  void drop_front() noexcept {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
  }

  std::vector<Entry> heap_;
};

}  // namespace segue::link
