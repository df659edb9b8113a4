// How much longer work will take. Internal to this folder.
#pragma once

#include "nodes/base/clock.hpp"

namespace segue::guest {

// Of work of which the part `done` (0 to 1) took `elapsed`. What was expected of all of it counts as if a tenth had
// been done at that pace: so the first estimate is that, and soon what was measured outweighs it.
inline Delay time_left(double done, Delay elapsed, Delay expected) {
  constexpr double weight = 0.1;
  const std::chrono::duration<double, Delay::period> whole = (weight * expected + elapsed) / (weight + done);
  return std::chrono::duration_cast<Delay>((1 - done) * whole);
}

}  // namespace segue::guest
