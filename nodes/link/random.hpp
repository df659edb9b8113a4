// Random decisions: fast, and the same for the same seed on every machine.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "nodes/base/units.hpp"

namespace segue::link {

// splitmix64 (Steele, Lea, Flood 2014): spreads a seed over many.
inline std::uint64_t split_mix(std::uint64_t& state) noexcept {
  state += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

// One seed for each direction of each link, so that two directions given the same one are not in step.
inline std::uint64_t direction_seed(std::uint64_t seed, std::uint32_t link, unsigned direction) noexcept {
  std::uint64_t state = seed ^ ((std::uint64_t{link} << 1 | direction) * 0xd1342543de82ef95U);
  return split_mix(state);
}

// xoshiro256++ (Blackman, Vigna 2019).
class Random {
 public:
  explicit Random(std::uint64_t seed = 0) noexcept {
    for (auto& word : state_) word = split_mix(seed);
  }

  std::uint64_t next() noexcept {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }  // 0 <= x < 1
  std::uint32_t below(std::uint32_t bound) noexcept {
    return static_cast<std::uint32_t>(((next() >> 32) * std::uint64_t{bound}) >> 32);
  }

 private:
  std::array<std::uint64_t, 4> state_{};
};

// A decision taken with a probability. Each has a random sequence of its own, so that switching one impairment on does
// not move where another strikes. Duplication and reordering are decisions of this kind and nothing more.
class Chance {
 public:
  void seed(std::uint64_t seed) noexcept { random_ = Random(seed); }
  void set(Probability probability) noexcept { probability_ = probability.value; }
  bool possible() const noexcept { return probability_ > 0; }
  bool happens() noexcept { return probability_ > 0 && random_.unit() < probability_; }
  Random& random() noexcept { return random_; }

 private:
  Random random_;
  double probability_ = 0;
};

}  // namespace segue::link
