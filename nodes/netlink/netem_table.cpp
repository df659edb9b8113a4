#include "nodes/netlink/netem_table.hpp"

#include <linux/pkt_sched.h>

#include <cmath>
#include <numbers>

namespace segue::netlink {
namespace {

// The x below which a normal variable is with probability p, by Newton's method from a start near the answer.
double normal_quantile(double p, double start) {
  double x = start;
  for (int step = 0; step < 50; ++step) {
    const double excess = 0.5 * std::erfc(-x / std::numbers::sqrt2) - p;
    const double density = std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi);
    const double move = excess / density;
    x -= move;
    if (std::abs(move) < 1e-9) break;
  }
  return x;
}

// Fills both halves from the upper one, so that the mean is 0 exactly. `quantile` takes a probability and the last
// value.
template <typename Quantile>
DistributionTable symmetric_table(Quantile quantile) {
  DistributionTable table;
  const std::size_t half = table.size() / 2;
  double value = 0;
  for (std::size_t i = 0; i < half; ++i) {
    const double p = (static_cast<double>(half + i) + 0.5) / static_cast<double>(table.size());
    value = quantile(p, value);
    const auto scaled = static_cast<std::int16_t>(std::lround(value * NETEM_DIST_SCALE));
    table[half + i] = scaled;
    table[half - 1 - i] = static_cast<std::int16_t>(-scaled);
  }
  return table;
}

}  // namespace

const DistributionTable& normal_table() {
  static const DistributionTable table = symmetric_table(normal_quantile);
  return table;
}

const DistributionTable& uniform_table() {
  static const DistributionTable table = symmetric_table([](double p, double) { return 2 * p - 1; });
  return table;
}

}  // namespace segue::netlink
