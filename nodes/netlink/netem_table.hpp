// Tables of delay distributions for netem (TCA_NETEM_DELAY_DIST): an inverse distribution function, sampled at points
// of equal probability, in units of 1/8192 of the jitter. Not for other folders.
#pragma once

#include <array>
#include <cstdint>

namespace segue::netlink {

using DistributionTable = std::array<std::int16_t, 4096>;

// The standard normal distribution. iproute2's `normal.dist` has the same scale and size.
const DistributionTable& normal_table();

// From -jitter to +jitter. netem draws uniformly by itself when it has no table, but has no way to take one back once
// it was set.
const DistributionTable& uniform_table();

}  // namespace segue::netlink
