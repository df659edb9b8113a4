#include "nodes/netlink/netem.hpp"

#include <fmt/format.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <cmath>
#include <limits>

#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/message.hpp"
#include "nodes/netlink/netem_table.hpp"
#include "nodes/netlink/netns.hpp"

namespace segue::netlink {
namespace {

constexpr int netem_prng_seed = 14;   // TCA_NETEM_PRNG_SEED, Linux 6.6: newer than Debian 12's headers
constexpr std::int64_t tick_ns = 64;  // the packet scheduler's tick, the same on every machine since Linux 2.6.31
constexpr std::size_t message_room = 16384;  // for a distribution table
constexpr std::uint64_t full_32 = std::numeric_limits<std::uint32_t>::max();

std::uint32_t scaled(Probability probability) {
  if (!(probability.value >= 0 && probability.value <= 1)) {
    throw Error(fmt::format("netem: {} is no probability", probability.value));
  }
  return static_cast<std::uint32_t>(std::llround(probability.value * static_cast<double>(full_32)));
}

Probability unscaled(std::uint32_t value) noexcept { return {value / static_cast<double>(full_32)}; }

std::uint32_t ticks(Delay delay) noexcept {
  return static_cast<std::uint32_t>(std::min<std::int64_t>(delay.count() / tick_ns, full_32));
}

tc_netem_qopt options_of(const Netem& netem) {
  if (netem.latency < Delay{0} || netem.jitter < Delay{0}) throw Error("netem: a delay is negative");
  tc_netem_qopt options{};
  options.latency = ticks(netem.latency);
  options.limit = netem.limit;
  options.loss = netem.gilbert_elliott ? 0 : scaled(netem.loss);
  options.gap = netem.reorder.value > 0 ? std::max(netem.gap, 1U) : 0;
  options.duplicate = scaled(netem.duplicate);
  options.jitter = ticks(netem.jitter);
  return options;
}

void put_loss(Message& message, const NetemGilbertElliott& model) {
  tc_netem_gemodel parameters{};
  parameters.p = scaled(model.p);
  parameters.r = scaled(model.r);
  parameters.h = static_cast<std::uint32_t>(full_32) - scaled(model.loss_in_bad);
  parameters.k1 = scaled(model.loss_in_good);
  nlattr* nest = message.begin(TCA_NETEM_LOSS);
  message.put(NETEM_LOSS_GE, parameters);
  message.end(nest);
}

void put_rate(Message& message, std::uint64_t bytes_per_second) {
  tc_netem_rate rate{};
  rate.rate = static_cast<std::uint32_t>(std::min(bytes_per_second, full_32));
  message.put(TCA_NETEM_RATE, rate);
  // The kernel takes the larger of both, and a 32-bit rate of its own if there is no other.
  if (bytes_per_second > full_32) message.put(TCA_NETEM_RATE64, bytes_per_second);
}

// An attribute that is absent leaves the setting as it was, so all of them are there whatever their value.
void put_options(Message& message, const Netem& netem) {
  nlattr* options = message.begin(TCA_OPTIONS);
  message.append(options_of(netem));
  message.put(TCA_NETEM_LATENCY64, std::int64_t{netem.latency.count()});
  message.put(TCA_NETEM_JITTER64, std::int64_t{netem.jitter.count()});
  message.put(TCA_NETEM_CORR, tc_netem_corr{});
  message.put(TCA_NETEM_REORDER, tc_netem_reorder{.probability = scaled(netem.reorder), .correlation = 0});
  message.put(TCA_NETEM_CORRUPT, tc_netem_corrupt{.probability = scaled(netem.corrupt), .correlation = 0});
  put_rate(message, netem.bytes_per_second);
  if (netem.gilbert_elliott) put_loss(message, *netem.gilbert_elliott);
  if (netem.seed) message.put(netem_prng_seed, *netem.seed);
  if (netem.jitter > Delay{0}) {
    message.put(TCA_NETEM_DELAY_DIST,
                netem.distribution == NetemDistribution::normal ? normal_table() : uniform_table());
  }
  message.end(options);
}

std::uint32_t parent_of(NetemAt at) noexcept { return at == NetemAt::root ? TC_H_ROOT : netem_below_parent; }

Request build(std::uint32_t index, const Netem& netem, NetemAt at, int flags, std::string_view verb) {
  tcmsg header{};
  header.tcm_ifindex = static_cast<int>(index);
  header.tcm_parent = parent_of(at);
  header.tcm_handle = at == NetemAt::root ? netem_handle : 2 * netem_handle;
  Message message(RTM_NEWQDISC, flags, message_room);
  message.header(header).put_text(TCA_KIND, "netem");
  put_options(message, netem);
  return message.request(fmt::format("{} netem of interface {}", verb, index));
}

NetemDistribution distribution_of(std::span<const std::byte> bytes) {
  const auto is = [&](const DistributionTable& table) {
    return bytes.size() == sizeof table && std::memcmp(bytes.data(), table.data(), bytes.size()) == 0;
  };
  if (is(normal_table())) return NetemDistribution::normal;
  if (is(uniform_table())) return NetemDistribution::uniform;
  throw Error("read netem: a delay distribution that is not one of ours");
}

void read_loss(Netem& netem, std::span<const std::byte> bytes) {
  const auto model = Attributes(bytes).get<tc_netem_gemodel>(NETEM_LOSS_GE);
  if (!model) throw Error("read netem: a loss model other than Gilbert-Elliott");
  netem.gilbert_elliott = {.p = unscaled(model->p),
                           .r = unscaled(model->r),
                           .loss_in_bad = unscaled(static_cast<std::uint32_t>(full_32) - model->h),
                           .loss_in_good = unscaled(model->k1)};
}

Delay delay_of(const Attributes& attributes, int attribute, std::uint32_t in_ticks) {
  return Delay{attributes.get<std::int64_t>(attribute).value_or(in_ticks * tick_ns)};
}

}  // namespace

Request replace_netem(std::uint32_t index, const Netem& netem, NetemAt at) {
  return build(index, netem, at, NLM_F_CREATE | NLM_F_REPLACE, "replace");
}

Request change_netem(std::uint32_t index, const Netem& netem) {
  return build(index, netem, NetemAt::root, 0, "change");
}

Netem decode_netem(std::span<const std::byte> bytes) {
  tc_netem_qopt options;
  if (bytes.size() < sizeof options) throw Error("read netem: too short");
  std::memcpy(&options, bytes.data(), sizeof options);
  const Attributes attributes(bytes.subspan(sizeof options));
  Netem netem;
  netem.latency = delay_of(attributes, TCA_NETEM_LATENCY64, options.latency);
  netem.jitter = delay_of(attributes, TCA_NETEM_JITTER64, options.jitter);
  netem.limit = options.limit;
  netem.loss = unscaled(options.loss);
  netem.duplicate = unscaled(options.duplicate);
  if (const auto reorder = attributes.get<tc_netem_reorder>(TCA_NETEM_REORDER)) {
    netem.reorder = unscaled(reorder->probability);
  }
  if (netem.reorder.value > 0) netem.gap = options.gap;
  if (const auto corrupt = attributes.get<tc_netem_corrupt>(TCA_NETEM_CORRUPT)) {
    netem.corrupt = unscaled(corrupt->probability);
  }
  if (const auto rate = attributes.get<tc_netem_rate>(TCA_NETEM_RATE)) netem.bytes_per_second = rate->rate;
  if (const auto rate = attributes.get<std::uint64_t>(TCA_NETEM_RATE64)) netem.bytes_per_second = *rate;
  if (attributes.has(TCA_NETEM_LOSS)) read_loss(netem, attributes.at(TCA_NETEM_LOSS));
  netem.seed = attributes.get<std::uint64_t>(netem_prng_seed);
  if (attributes.has(TCA_NETEM_DELAY_DIST)) netem.distribution = distribution_of(attributes.at(TCA_NETEM_DELAY_DIST));
  return netem;
}

std::optional<Netem> read_netem(Socket& socket, std::uint32_t index, NetemAt at) {
  tcmsg filter{};
  filter.tcm_ifindex = static_cast<int>(index);
  const auto answer = socket.dump(
      Message(RTM_GETQDISC, NLM_F_DUMP).header(filter).request(fmt::format("read netem of interface {}", index)));
  std::optional<Netem> found;
  for_each_message(answer, [&](const nlmsghdr& message) {
    if (message.nlmsg_type != RTM_NEWQDISC) return;
    const auto [header, attributes] = payload_of<tcmsg>(message);
    const bool asked_for = header.tcm_ifindex == filter.tcm_ifindex && header.tcm_parent == parent_of(at);
    if (asked_for && attributes.text(TCA_KIND) == "netem") found = decode_netem(attributes.at(TCA_OPTIONS));
  });
  return found;
}

bool kernel_has_netem() {
  Namespace space;
  const Enter inside = Enter::fresh(space);
  try {
    Socket().perform(replace_netem(loopback_index, Netem{}));
  } catch (const KernelError& error) {
    if (error.error() == ENOENT) return false;  // "Specified qdisc kind is unknown"
    throw;
  }
  return true;
}

}  // namespace segue::netlink
