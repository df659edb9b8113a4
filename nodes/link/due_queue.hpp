// Packets in the order they are due.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/link/packet.hpp"
#include "nodes/link/ring.hpp"

namespace segue::link {

struct Due {
  Instant at;
  std::uint64_t order = 0;  // of packets due at one instant, the one that came first goes first
  Packet packet;
};

// Nearly all packets are due after the one before them: those wait in a ring. Only one that overtakes (by reordering,
// or because the delay was made shorter) goes into a heap.
class DueQueue {
 public:
  void push(Instant at, const Packet& packet) {
    const Due due{at, next_order_++, packet};
    if (ring_.empty() || at >= ring_.back().at) {
      ring_.push(due);
    } else {
      heap_.push_back(due);
      std::push_heap(heap_.begin(), heap_.end(), later);
    }
  }
  bool empty() const noexcept { return ring_.empty() && heap_.empty(); }
  std::size_t size() const noexcept { return ring_.size() + heap_.size(); }
  const Due& front() const noexcept { return heap_first() ? heap_.front() : ring_.front(); }
  Due pop() noexcept {
    if (!heap_first()) return ring_.pop();
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Due due = heap_.back();
    heap_.pop_back();
    return due;
  }

 private:
  static bool later(const Due& left, const Due& right) noexcept {
    return left.at != right.at ? left.at > right.at : left.order > right.order;
  }
  bool heap_first() const noexcept { return !heap_.empty() && (ring_.empty() || later(ring_.front(), heap_.front())); }

  std::uint64_t next_order_ = 0;
  Ring<Due> ring_;
  std::vector<Due> heap_;
};

}  // namespace segue::link
