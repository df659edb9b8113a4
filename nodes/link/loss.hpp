// Loss: independent, or in bursts by the Gilbert-Elliott model.
#pragma once

#include <cstdint>

#include "nodes/link/impairment.hpp"
#include "nodes/link/random.hpp"

namespace segue::link {

// As in sch_netem, the state in which a packet arrives decides its loss, and the state moves on for the next one.
// Stationary loss: (p · loss_in_bad + r · loss_in_good) / (p + r); bad spells last 1/r packets on average.
class Loss {
 public:
  void seed(std::uint64_t seed) noexcept { random_ = Random(seed); }
  void set(Probability independent, const GilbertElliott& model) noexcept {
    independent_ = independent.value;
    model_ = model;
    if (model_.p.value <= 0) bad_ = false;
  }

  bool strikes() noexcept {
    if (model_.p.value > 0) return gilbert_elliott();
    return independent_ > 0 && random_.unit() < independent_;
  }

 private:
  bool gilbert_elliott() noexcept {
    const bool was_bad = bad_;
    const double leave = was_bad ? model_.r.value : model_.p.value;
    const double lose = was_bad ? model_.loss_in_bad.value : model_.loss_in_good.value;
    if (random_.unit() < leave) bad_ = !bad_;
    return random_.unit() < lose;
  }

  Random random_;
  double independent_ = 0;
  GilbertElliott model_;
  bool bad_ = false;
};

}  // namespace segue::link
