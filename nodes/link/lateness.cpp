#include "nodes/link/lateness.hpp"

#include <algorithm>
#include <cmath>

namespace segue::link {

constexpr std::uint64_t Histogram::upper_bound(std::size_t index) noexcept {
  if (index < (1U << sub_bits)) return index;
  const std::size_t shift = (index >> sub_bits) - 1;
  const std::uint64_t mantissa = index - (shift << sub_bits);
  return ((mantissa + 1) << shift) - 1;
}

void Histogram::merge(const Histogram& other) noexcept {
  for (std::size_t i = 0; i < bucket_count; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

Nanoseconds Histogram::quantile(double q) const noexcept {
  if (count_ == 0) return Nanoseconds{0};
  const double share = std::clamp(q, 0.0, 1.0) * static_cast<double>(count_);
  const std::uint64_t wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < bucket_count; ++i) {
    seen += buckets_[i];
    if (seen < wanted) continue;
    // The last bucket holds all that was too large for the others.
    const std::uint64_t bound = i + 1 == bucket_count ? max_ : std::min(upper_bound(i), max_);
    return Nanoseconds(static_cast<std::int64_t>(bound));
  }
  return max();
}

std::uint64_t Histogram::count_up_to(Nanoseconds limit) const noexcept {
  if (limit.count() < 0) return 0;
  const std::size_t last = index_of(static_cast<std::uint64_t>(limit.count()));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i <= last; ++i) seen += buckets_[i];
  return seen;
}

}  // namespace segue::link
