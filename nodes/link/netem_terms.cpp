#include "nodes/link/netem_terms.hpp"

#include <algorithm>

#include "nodes/base/error.hpp"
#include "nodes/link/random.hpp"

namespace segue::link {
namespace {

constexpr std::uint64_t no_time = 1'000'000'000'000'000;  // bytes per second: no frame takes a nanosecond
constexpr std::uint32_t out_of_reach = 1'000'000;         // packets

std::uint64_t seed_of(const Impairments& wanted, const NetemPlace& place) {
  return direction_seed(wanted.seed, place.link, static_cast<unsigned>(place.direction));
}

netlink::Netem transmitter_of(const Impairments& wanted) {
  netlink::Netem netem;
  netem.bytes_per_second = std::max<std::uint64_t>(1, wanted.rate.bits_per_second / 8);
  netem.limit = wanted.queue_limit;
  return netem;
}

// Where packets wait for each other, none gets ahead of another.
bool keeps_order(const Impairments& wanted) { return wanted.jitter > Delay{0} || wanted.rate.bits_per_second > 0; }

}  // namespace

NetemTerms to_netem(const Impairments& wanted, const NetemPlace& place) {
  if (wanted.reorder.value > 0 && wanted.rate.bits_per_second > 0) {
    throw InputError(
        "reorder and rate on one link: netem sends the packets that it reorders past the rate; give them to two links "
        "in a row, or take --links wire, in real time");
  }
  NetemTerms terms;
  netlink::Netem& netem = terms.root;
  netem.latency = wanted.delay;
  netem.jitter = wanted.jitter;
  netem.distribution = wanted.jitter_shape == JitterShape::normal ? netlink::NetemDistribution::normal
                                                                  : netlink::NetemDistribution::uniform;
  netem.limit = out_of_reach;
  if (keeps_order(wanted)) netem.bytes_per_second = no_time;
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
  if (wanted.rate.bits_per_second > 0) terms.below = transmitter_of(wanted);
  return terms;
}

netlink::Netem pass_on() {
  netlink::Netem netem;
  netem.bytes_per_second = no_time;
  netem.limit = out_of_reach;
  return netem;
}

Impairments from_netem(const NetemTerms& found, const Impairments& asked, const NetemPlace& place) {
  const netlink::Netem& netem = found.root;
  Impairments force;
  force.delay = netem.latency;
  force.jitter = netem.jitter;
  force.jitter_shape = asked.jitter_shape;
  force.queue_limit = asked.queue_limit;
  if (found.below && found.below->bytes_per_second != no_time) {
    // Bits that do not fill a byte are lost on the way to netem: what is in force is a whole number of bytes.
    force.rate.bits_per_second = found.below->bytes_per_second * 8;
    force.queue_limit = found.below->limit;
  }
  force.loss = netem.loss;
  if (netem.gilbert_elliott) {
    const auto& model = *netem.gilbert_elliott;
    force.gilbert_elliott = {model.p, model.r, model.loss_in_bad, model.loss_in_good};
  }
  force.duplicate = netem.duplicate;
  force.reorder = netem.reorder;
  force.corrupt = netem.corrupt;
  force.seed = asked.seed != 0 && netem.seed == seed_of(asked, place) ? asked.seed : 0;
  return force;
}

}  // namespace segue::link
