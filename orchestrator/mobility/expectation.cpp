#include "orchestrator/mobility/expectation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "nodes/base/error.hpp"
#include "nodes/base/units.hpp"
#include "nodes/signalling/signal.hpp"
#include "orchestrator/mobility/passage.hpp"

namespace segue::mobility {

namespace {

using config::Mechanism;
using config::npos;
using config::Step;
using config::Topology;
using Direction = Passage::Direction;

constexpr Nanoseconds unknown{-1};

Delay mean(const config::Wait& wait) { return wait.least + (wait.most - wait.least) / 2; }

// A signal on a link, with the headers below it.
std::size_t frame_of(const Step& step, const std::string& text) {
  constexpr std::size_t ethernet = 14;
  constexpr std::size_t ipv6_and_udp = 40 + 8;
  signalling::Signal signal;
  signal.text = text;
  return ethernet + (step.layer == 2 ? 0 : ipv6_and_udp) + signalling::encode(signal).size();
}

// When the steps happen, each as soon as what it waits for allows.
class Schedule {
 public:
  Schedule(const Geography& geography, const Mechanism& mechanism, const Binding& binding, Expectation& result)
      : topology_(geography.topology),
        ways_(geography.ways),
        mechanism_(mechanism),
        binding_(binding),
        result_(result) {
    const auto count = mechanism.steps.size();
    result.sent.assign(count, unknown);
    result.received.assign(count, unknown);
    result.done.assign(count, unknown);
    for (std::size_t i = 0; i < count; ++i) settle(i);
  }

 private:
  std::size_t node(const std::string& name) const { return node_named(topology_, binding_, name); }

  void settle(std::size_t index) {
    if (result_.done[index] != unknown) return;
    const Step& step = mechanism_.steps[index];
    const auto from = node(step.from);
    Nanoseconds ready{0};
    for (const auto earlier : step.after) {
      settle(earlier);
      ready = std::max(ready, over(earlier, from));
    }
    result_.sent[index] = ready;
    result_.received[index] =
        ready + (step.local() ? mean(step.wait) : crossing(step, from, node(step.to), step.message));
    result_.done[index] = result_.received[index] + step.delay;
  }

  // When `where` knows that a step is done: its sender has to wait for the confirmation to come back.
  Nanoseconds over(std::size_t index, std::size_t where) const {
    const Step& step = mechanism_.steps[index];
    const auto to = node(step.to);
    return to == where ? result_.done[index] : result_.done[index] + crossing(step, to, node(step.from), {});
  }

  Delay on_link(std::size_t from, std::size_t to, std::size_t bytes) const {
    return mobility::crossing(*hop_between(topology_, from, to).link, from, bytes);
  }

  Delay on_way(std::size_t from, std::size_t to, const Address& address, std::size_t bytes) const {
    if (const auto delay = ways_.delay(from, to, address, bytes)) return *delay;
    throw InputError(
        fmt::format("there is no path from {} to {}", topology_.nodes[from].name, topology_.nodes[to].name));
  }

  Delay crossing(const Step& step, std::size_t from, std::size_t to, const std::string& text) const {
    const std::size_t bytes = frame_of(step, text);
    if (step.layer == 2) return on_link(from, to, bytes);
    if (from == binding_.mobile) {
      const auto router = node(step.via);
      return on_link(from, router, bytes) + on_way(router, to, topology_.nodes[to].address, bytes);
    }
    // A mobile signals from its end of an access link.
    if (to == binding_.mobile) return on_way(from, to, hop_between(topology_, to, node(step.via)).near->address, bytes);
    return on_way(from, to, topology_.nodes[to].address, bytes);
  }

  const Topology& topology_;
  const Ways& ways_;
  const Mechanism& mechanism_;
  const Binding& binding_;
  Expectation& result_;
};

// The state while the mobile is attached to `binding.new_router`.
Timeline resting(const Geography& geography, const Mechanism& mechanism, const Binding& binding) {
  Timeline result(geography, binding.mobile);
  const auto told = [&](std::size_t node, const config::Action& action) {
    result.begin_with(node, after_action(geography, binding, node, result.first(node), action));
  };
  for (const auto& placed : mechanism.attached) {
    told(node_named(geography.topology, binding, placed.at), placed.action);
  }
  if (!uses_radio(mechanism)) return result;
  Conduct mobile = result.first(binding.mobile);
  for (const auto router : config::access_routers(geography.topology, binding.mobile)) {
    if (router != binding.new_router) mobile.left.insert(router);
  }
  result.begin_with(binding.mobile, mobile);
  return result;
}

// What is in force at which node from when on.
Timeline timeline(const Geography& geography, const Mechanism& mechanism, const Binding& binding,
                  const Expectation& expectation) {
  struct Deed {
    Nanoseconds when;
    std::size_t node;
    const config::Action* action;
  };
  std::vector<Deed> deeds;
  const auto add = [&](Nanoseconds when, const std::string& at, const config::Action& action) {
    deeds.push_back({when, node_named(geography.topology, binding, at), &action});
  };
  for (const auto& placed : mechanism.start) add(Nanoseconds{0}, placed.at, placed.action);
  for (std::size_t i = 0; i < mechanism.steps.size(); ++i) {
    for (const auto& action : mechanism.steps[i].actions) add(expectation.done[i], mechanism.steps[i].to, action);
  }
  std::stable_sort(deeds.begin(), deeds.end(), [](const Deed& a, const Deed& b) { return a.when < b.when; });
  // Before the handover the mobile is attached to what is then the old router.
  Timeline result = resting(geography, mechanism, {binding.mobile, binding.new_router, binding.old_router});
  for (const auto& [when, node, action] : deeds) {
    result.add(when, node, after_action(geography, binding, node, result.last(node), *action));
  }
  return result;
}

double packets(Nanoseconds outage, Delay interval) {
  if (outage == Nanoseconds::max()) return std::numeric_limits<double>::infinity();
  return static_cast<double>(outage.count()) / static_cast<double>(interval.count());
}

// Why packets do not come back.
std::string dead_end(const Topology& topology, const Binding& binding, const Passage::Loss& loss, Direction direction) {
  if (loss.outage != Nanoseconds::max()) return {};
  const auto& mobile = topology.nodes[binding.mobile].name;
  const char* const way = direction == Direction::uplink ? "from" : "for";
  const char* const when = loss.from_the_start ? "before the handover already" : "after the handover";
  const auto& node = topology.nodes[loss.for_ever.node].name;
  if (loss.for_ever.node == binding.mobile && direction == Direction::downlink) {
    return fmt::format("packets for {} come to it {} over a link that its radio has left", mobile, when);
  }
  if (loss.for_ever.circles) {
    return fmt::format("packets {} {} are led in a circle over {} {}: each of two nodes takes the other for the way",
                       way, mobile, node, when);
  }
  return fmt::format("packets {} {} end at {} {}: nothing leads them on from there", way, mobile, node, when);
}

void look_at_data(const Geography& geography, const Mechanism& mechanism, const Binding& binding, const DataFlow& data,
                  Expectation& result) {
  const std::size_t correspondent = first_correspondent(geography.topology);
  if (correspondent == npos) return;
  const Passage passage(geography, timeline(geography, mechanism, binding, result), binding.mobile, correspondent,
                        data.bytes, data.interval);
  const Passage::Loss uplink = passage.lost(Direction::uplink);
  const Passage::Loss downlink = passage.lost(Direction::downlink);
  result.outage_uplink = uplink.outage;
  result.outage_downlink = downlink.outage;
  result.lost_uplink = packets(result.outage_uplink, data.interval);
  result.lost_downlink = packets(result.outage_downlink, data.interval);
  result.buffered_uplink = uplink.held;
  result.buffered_downlink = downlink.held;
  result.overflowed_uplink = uplink.overflowed;
  result.overflowed_downlink = downlink.overflowed;
  result.duplicated_uplink = uplink.duplicated;
  result.duplicated_downlink = downlink.duplicated;
  result.longest_way = std::max(passage.longest(Direction::uplink), passage.longest(Direction::downlink));
  result.dead_end = dead_end(geography.topology, binding, uplink, Direction::uplink);
  const std::string down = dead_end(geography.topology, binding, downlink, Direction::downlink);
  if (!result.dead_end.empty() && !down.empty()) result.dead_end += "; ";
  result.dead_end += down;
}

}  // namespace

Expectation expect(const Geography& geography, const Mechanism& mechanism, const Binding& binding,
                   const DataFlow& data) {
  Expectation result;
  Schedule(geography, mechanism, binding, result);
  result.completion = result.done.at(mechanism.completes);
  for (std::size_t i = 0; i < result.sent.size(); ++i) {
    if (mechanism.steps[i].local()) continue;
    if (i == mechanism.completes || result.sent[i] < result.completion) ++result.messages;
  }
  look_at_data(geography, mechanism, binding, data, result);
  return result;
}

Passage passage_of(const Geography& geography, const Mechanism& mechanism, const Binding& binding,
                   const DataFlow& data) {
  Expectation times;
  Schedule(geography, mechanism, binding, times);
  return {geography,      timeline(geography, mechanism, binding, times),
          binding.mobile, first_correspondent(geography.topology),
          data.bytes,     data.interval};
}

Delay longest_way(const Geography& geography, const Mechanism& mechanism, std::size_t mobile, const DataFlow& data) {
  Delay longest{0};
  const auto routers = config::access_routers(geography.topology, mobile);
  for (const auto old_router : routers) {
    for (const auto new_router : routers) {
      if (old_router == new_router) continue;
      const auto handover = expect(geography, mechanism, {mobile, old_router, new_router}, data);
      longest = std::max(longest, handover.longest_way);
    }
  }
  return longest;
}

namespace {

// What differs, as "packets wait at ar1", or "of packets for mn, … ar1 drops them, where [[attached]] says that it delivers them".
std::string difference(const Topology& topology, const Binding& binding, std::size_t node, const Conduct& left,
                       const Conduct& attached) {
  const auto& mobile = topology.nodes[binding.mobile].name;
  if (left.holding != attached.holding) {
    return fmt::format("after a handover from {} to {} packets {} at {}", topology.nodes[binding.old_router].name,
                       topology.nodes[binding.new_router].name, left.holding ? "still wait" : "do not wait",
                       topology.nodes[node].name);
  }
  if (left.window != attached.window) {
    return fmt::format("after a handover from {} to {} {} has a window of {}, and attached one of {}",
                       topology.nodes[binding.old_router].name, topology.nodes[binding.new_router].name,
                       topology.nodes[node].name, segue::to_text(left.window), segue::to_text(attached.window));
  }
  if (left.forwarding == attached.forwarding) {
    std::set<std::size_t> routers;
    std::set_symmetric_difference(left.left.begin(), left.left.end(), attached.left.begin(), attached.left.end(),
                                  std::inserter(routers, routers.end()));
    const auto router = *routers.begin();
    return fmt::format("after a handover from {} to {} the radio of {} has {} {}, and attached it has {}",
                       topology.nodes[binding.old_router].name, topology.nodes[binding.new_router].name, mobile,
                       left.left.contains(router) ? "left" : "joined", topology.nodes[router].name,
                       left.left.contains(router) ? "joined it" : "left it");
  }
  const Forwarding& is = left.forwarding;
  const Forwarding& ought = attached.forwarding;
  const bool down = is.led != ought.led || is.passing != ought.passing;
  const Way& now = down ? is.led : (is.own != ought.own ? is.own : is.others);
  const Way& then = down ? ought.led : (is.own != ought.own ? ought.own : ought.others);
  return fmt::format("of packets {} {}, after a handover from {} to {} {} {}, where [[attached]] says that it {}",
                     down ? "for" : "from", mobile, topology.nodes[binding.old_router].name,
                     topology.nodes[binding.new_router].name, topology.nodes[node].name, to_text(now, topology),
                     to_text(then, topology));
}

// A message over a link that the mobile's radio has left is one that nobody hears.
void require_radio_hears(const Topology& topology, const Mechanism& mechanism, const Binding& binding,
                         const Expectation& times, const Timeline& timeline) {
  for (std::size_t i = 0; i < mechanism.steps.size(); ++i) {
    const Step& step = mechanism.steps[i];
    const auto from = node_named(topology, binding, step.from);
    const auto to = node_named(topology, binding, step.to);
    if (step.local() || (from != binding.mobile && to != binding.mobile)) continue;
    const bool sends = from == binding.mobile;
    const auto router = step.layer == 3 ? node_named(topology, binding, step.via) : (sends ? to : from);
    // What arrives at the instant at which the radio leaves has been heard.
    const auto when = sends ? times.sent[i] : times.received[i] - Nanoseconds{1};
    if (!timeline.at(binding.mobile, when).left.contains(router)) continue;
    throw InputError(fmt::format(
        "mechanism {}: step \"{}\" goes over the link with {}, which the radio of {} is not on by then (in a handover "
        "from {} to {})",
        mechanism.name, step.name, topology.nodes[router].name, topology.nodes[binding.mobile].name,
        topology.nodes[binding.old_router].name, topology.nodes[binding.new_router].name));
  }
}

}  // namespace

void require_ends_attached(const Geography& geography, const Mechanism& mechanism, std::size_t mobile) {
  const auto& topology = geography.topology;
  const auto routers = config::access_routers(topology, mobile);
  for (const auto old_router : routers) {
    for (const auto new_router : routers) {
      if (old_router == new_router) continue;
      const Binding binding{mobile, old_router, new_router};
      Expectation times;
      Schedule(geography, mechanism, binding, times);
      const Timeline ends = timeline(geography, mechanism, binding, times);
      require_radio_hears(topology, mechanism, binding, times, ends);
      const Timeline wanted = resting(geography, mechanism, binding);
      for (std::size_t node = 0; node < topology.nodes.size(); ++node) {
        if (ends.last(node) == wanted.last(node)) continue;
        throw InputError(fmt::format(
            "mechanism {}: it does not end in what it calls attached: {}; add the action to a step, or change "
            "[[attached]]",
            mechanism.name, difference(topology, binding, node, ends.last(node), wanted.last(node))));
      }
    }
  }
}

}  // namespace segue::mobility
