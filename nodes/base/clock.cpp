#include "nodes/base/clock.hpp"

#include <algorithm>
#include <ctime>

namespace segue {

Instant from_realtime_stamp(const timespec& stamp) noexcept {
  timespec wall{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  const Instant present = now();
  const auto age = std::chrono::seconds(wall.tv_sec - stamp.tv_sec) + Nanoseconds(wall.tv_nsec - stamp.tv_nsec);
  return present - std::max<Nanoseconds>(age, Nanoseconds{0});
}

}  // namespace segue
