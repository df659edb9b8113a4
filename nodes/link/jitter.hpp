// Jitter: the delay of one packet, drawn from a distribution round the mean.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "nodes/link/impairment.hpp"
#include "nodes/link/random.hpp"

namespace segue::link {

class Jitter {
 public:
  void seed(std::uint64_t seed) noexcept { random_ = Random(seed); }
  void set(Delay mean, Delay spread, JitterShape shape) noexcept {
    mean_ = mean;
    spread_ = spread;
    shape_ = shape;
  }
  bool active() const noexcept { return spread_ > Delay{0}; }

  // Never negative: what the distribution puts before zero is sent at once, as netem does.
  Delay draw() noexcept {
    if (!active()) return mean_;
    const double deviation = shape_ == JitterShape::uniform ? 2 * random_.unit() - 1 : standard_normal();
    const auto delay = mean_ + Delay(std::llround(deviation * static_cast<double>(spread_.count())));
    return delay < Delay{0} ? Delay{0} : delay;
  }

 private:
  // Box-Muller, cut at four standard deviations as netem's table of the normal distribution is.
  double standard_normal() noexcept {
    for (;;) {
      const double radius = std::sqrt(-2 * std::log(1 - random_.unit()));
      const double value = radius * std::cos(2 * std::numbers::pi * random_.unit());
      if (std::abs(value) <= 4) return value;
    }
  }

  Random random_;
  Delay mean_{0};
  Delay spread_{0};
  JitterShape shape_ = JitterShape::normal;
};

}  // namespace segue::link
