#include "nodes/link/netem_terms.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nodes/link/random.hpp"

namespace segue::link {
namespace {

constexpr std::uint64_t no_time = 1'000'000'000'000;  // bytes per second: a large frame takes under 2 ns
constexpr std::uint32_t out_of_reach = 1'000'000;     // packets
constexpr unsigned ethernet_header = 14;              // netem counts it

// Packets of the MTU that are sent while the first of them is being delayed.
std::uint32_t delayed_packets(std::uint64_t bytes_per_second, Delay delay, Delay jitter, JitterShape shape,
                              unsigned mtu) {
  // The table of the normal distribution ends at four standard deviations.
  const auto longest =
      static_cast<double>(delay.count()) + static_cast<double>(jitter.count()) * (shape == JitterShape::normal ? 4 : 1);
  const double bytes = static_cast<double>(bytes_per_second) * longest / 1e9;
  return static_cast<std::uint32_t>(std::min(std::ceil(bytes / (mtu + ethernet_header)), double{out_of_reach}));
}

std::uint64_t seed_of(const Impairments& wanted, const NetemPlace& place) {
  return direction_seed(wanted.seed, place.link, static_cast<unsigned>(place.direction));
}

}  // namespace

netlink::Netem to_netem(const Impairments& wanted, const NetemPlace& place) {
  netlink::Netem netem;
  netem.latency = wanted.delay;
  netem.jitter = wanted.jitter;
  netem.distribution = wanted.jitter_shape == JitterShape::normal ? netlink::NetemDistribution::normal
                                                                  : netlink::NetemDistribution::uniform;
  netem.limit = out_of_reach;
  if (wanted.rate.bits_per_second > 0) {
    netem.bytes_per_second = std::max<std::uint64_t>(1, wanted.rate.bits_per_second / 8);
    const std::uint64_t limit =
        std::uint64_t{wanted.queue_limit} +
        delayed_packets(netem.bytes_per_second, wanted.delay, wanted.jitter, wanted.jitter_shape, place.mtu);
    netem.limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(limit, std::numeric_limits<std::uint32_t>::max()));
  } else if (wanted.jitter > Delay{0}) {
    netem.bytes_per_second = no_time;
  }
  netem.loss = wanted.loss;
  if (wanted.gilbert_elliott.p.value > 0) {
    const auto& model = wanted.gilbert_elliott;
    netem.gilbert_elliott = {model.p, model.r, model.loss_in_bad, model.loss_in_good};
    netem.loss = {};
  }
  netem.duplicate = wanted.duplicate;
  if (wanted.delay > Delay{0} && wanted.reorder.value > 0) {
    netem.reorder = wanted.reorder;
    netem.gap = 1;
  }
  netem.corrupt = wanted.corrupt;
  if (wanted.seed != 0) netem.seed = seed_of(wanted, place);
  return netem;
}

Impairments from_netem(const netlink::Netem& netem, const Impairments& asked, const NetemPlace& place) {
  Impairments found;
  found.delay = netem.latency;
  found.jitter = netem.jitter;
  found.jitter_shape = asked.jitter_shape;
  found.queue_limit = asked.queue_limit;
  if (netem.bytes_per_second > 0 && netem.bytes_per_second != no_time) {
    // Bits that do not fill a byte are lost on the way to netem: what is in force is a whole number of bytes.
    found.rate.bits_per_second = netem.bytes_per_second * 8;
    const std::uint32_t delayed =
        delayed_packets(netem.bytes_per_second, netem.latency, netem.jitter, asked.jitter_shape, place.mtu);
    found.queue_limit = netem.limit > delayed ? netem.limit - delayed : 0;
  }
  found.loss = netem.loss;
  if (netem.gilbert_elliott) {
    const auto& model = *netem.gilbert_elliott;
    found.gilbert_elliott = {model.p, model.r, model.loss_in_bad, model.loss_in_good};
  }
  found.duplicate = netem.duplicate;
  found.reorder = netem.reorder;
  found.corrupt = netem.corrupt;
  found.seed = asked.seed != 0 && netem.seed == seed_of(asked, place) ? asked.seed : 0;
  return found;
}

}  // namespace segue::link
