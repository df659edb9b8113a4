// A histogram of times, for how late things were: log-linear buckets as in HdrHistogram, fixed size, no allocation.
//
// Values from 0 to about 68 s with a resolution of 1/32 (3 %); below 32 ns exact. What is negative counts as 0, what is
// larger as the largest. Trivially copyable, so it crosses a socket between programs of one build. 8 KiB.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "nodes/base/clock.hpp"

namespace segue::link {

class Histogram {
 public:
  void record(Nanoseconds value) noexcept {
    const std::uint64_t ns = value.count() < 0 ? 0 : static_cast<std::uint64_t>(value.count());
    ++buckets_[index_of(ns)];
    ++count_;
    sum_ += ns;
    if (ns > max_) max_ = ns;
  }
  void merge(const Histogram& other) noexcept;
  void reset() noexcept { *this = Histogram{}; }

  std::uint64_t count() const noexcept { return count_; }
  Nanoseconds max() const noexcept { return Nanoseconds(static_cast<std::int64_t>(max_)); }
  Nanoseconds sum() const noexcept { return Nanoseconds(static_cast<std::int64_t>(sum_)); }
  // The smallest value that a share `q` (0 to 1) of the recorded ones does not exceed, to the resolution; 0 if empty.
  Nanoseconds quantile(double q) const noexcept;
  // How many recorded values are at most `limit`, to the resolution.
  std::uint64_t count_up_to(Nanoseconds limit) const noexcept;

 private:
  static constexpr unsigned sub_bits = 5;
  static constexpr unsigned value_bits = 36;
  static constexpr std::uint64_t largest_value = (std::uint64_t{1} << value_bits) - 1;
  static constexpr std::size_t bucket_count = (value_bits - sub_bits + 1) << sub_bits;

  static constexpr std::size_t index_of(std::uint64_t ns) noexcept {
    if (ns > largest_value) ns = largest_value;
    if (ns < (1U << sub_bits)) return ns;
    const unsigned shift = static_cast<unsigned>(std::bit_width(ns)) - sub_bits - 1;
    return (static_cast<std::size_t>(shift) << sub_bits) + (ns >> shift);
  }
  static constexpr std::uint64_t upper_bound(std::size_t index) noexcept;

  std::array<std::uint64_t, bucket_count> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace segue::link
