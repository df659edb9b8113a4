// Chance that is the same from the same seed everywhere.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace segue::test {

// Not the distributions of <random>: what they draw differs between standard libraries.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed * 0x9e3779b97f4a7c15ULL + 1) {}
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  std::size_t between(std::size_t least, std::size_t most) { return least + below(most - least + 1); }
  bool chance(double p) { return unit() < p; }
  double unit() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
  // From 10 us to 100 ms, every order of magnitude as likely, in whole microseconds.
  unsigned delay_us(double most_us = 100'000) {
    return static_cast<unsigned>(std::lround(std::exp(std::log(10.0) + unit() * std::log(most_us / 10.0))));
  }
  template <typename Value>
  const Value& of(const std::vector<Value>& values) {
    return values[below(values.size())];
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace segue::test
