// A first-in-first-out queue in one piece of memory that only ever grows: no allocation once warm.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace segue::link {

template <typename T>
class Ring {
 public:
  bool empty() const noexcept { return head_ == tail_; }
  std::size_t size() const noexcept { return tail_ - head_; }
  T& front() noexcept { return slots_[head_ & mask()]; }
  const T& front() const noexcept { return slots_[head_ & mask()]; }
  const T& back() const noexcept { return slots_[(tail_ - 1) & mask()]; }
  const T& operator[](std::size_t index) const noexcept { return slots_[(head_ + index) & mask()]; }

  void push(const T& value) {
    if (size() == slots_.size()) grow();
    slots_[tail_++ & mask()] = value;
  }
  T pop() noexcept { return slots_[head_++ & mask()]; }

 private:
  std::size_t mask() const noexcept { return slots_.size() - 1; }
  void grow() {
    std::vector<T> larger(slots_.empty() ? 16 : 2 * slots_.size());
    const std::size_t count = size();
    for (std::size_t i = 0; i < count; ++i) larger[i] = (*this)[i];
    slots_ = std::move(larger);
    head_ = 0;
    tail_ = count;
  }

  std::vector<T> slots_;  // a power of two of them
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

}  // namespace segue::link
