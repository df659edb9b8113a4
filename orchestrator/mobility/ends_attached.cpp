#include "orchestrator/mobility/ends_attached.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>

#include "nodes/base/error.hpp"
#include "nodes/base/units.hpp"
#include "orchestrator/mobility/expand.hpp"
#include "orchestrator/mobility/passage.hpp"
#include "orchestrator/mobility/schedule.hpp"
#include "orchestrator/mobility/timeline.hpp"

namespace segue::mobility {

using config::Mechanism;
using config::Step;
using config::Topology;

namespace {

std::string names_of(const Topology& topology, const std::set<std::size_t>& nodes) {
  std::string names;
  for (const auto node : nodes) names += (names.empty() ? "" : ", ") + topology.nodes[node].name;
  return names.empty() ? "nobody" : names;
}

// What differs, as "packets wait at ar1", or "of packets for mn, … ar1 drops them, where [[attached]] says that it delivers them".
std::string difference(const Topology& topology, const Binding& binding, std::size_t node, const Conduct& left,
                       const Conduct& attached) {
  const auto& mobile = topology.nodes[binding.mobile].name;
  if (left.holding != attached.holding) {
    return fmt::format("after a handover from {} to {} packets {} at {}", topology.nodes[binding.old_router].name,
                       topology.nodes[binding.new_router].name, left.holds() ? "still wait" : "do not wait",
                       topology.nodes[node].name);
  }
  if (left.window != attached.window) {
    return fmt::format("after a handover from {} to {} {} has a window of {}, and attached one of {}",
                       topology.nodes[binding.old_router].name, topology.nodes[binding.new_router].name,
                       topology.nodes[node].name, segue::to_text(left.window), segue::to_text(attached.window));
  }
  if (left.bicast != attached.bicast) {
    return fmt::format("after a handover from {} to {} {} still sends copies of packets",
                       topology.nodes[binding.old_router].name, topology.nodes[binding.new_router].name,
                       topology.nodes[node].name);
  }
  if (left.forwarding == attached.forwarding && left.left == attached.left) {
    return fmt::format(
        "after a handover from {} to {} the links of {} that have lost their carrier are those with {}, and attached "
        "those with {}",
        topology.nodes[binding.old_router].name, topology.nodes[binding.new_router].name, mobile,
        names_of(topology, left.no_carrier), names_of(topology, attached.no_carrier));
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
                         const Schedule& times, const Timeline& timeline) {
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

// What a router says of the mobile's packets it has from the last acknowledgement on its link.
void require_knowledge(const Topology& topology, const Mechanism& mechanism, const Binding& binding,
                       const Schedule& times, const Timeline& timeline) {
  for (std::size_t i = 0; i < mechanism.steps.size(); ++i) {
    const Step& step = mechanism.steps[i];
    if (!config::tells_delivered(step)) continue;
    const auto router = node_named(topology, binding, step.from);
    const auto left = timeline.left_at(binding.mobile, router, times.sent[i]);
    const auto known = left.value_or(Nanoseconds{0}) + last_acknowledgement(topology, binding.mobile, router);
    if (left && known <= times.sent[i]) continue;
    throw InputError(
        fmt::format("mechanism {}: step \"{}\" says what {} has received by {}, and {} does not know that yet when it "
                    "sends it: the radio of {} has {} (in a handover from {} to {})",
                    mechanism.name, step.name, topology.nodes[binding.mobile].name, topology.nodes[router].name,
                    topology.nodes[router].name, topology.nodes[binding.mobile].name,
                    left ? "just left, and its last acknowledgement is on its way" : "not left it",
                    topology.nodes[binding.old_router].name, topology.nodes[binding.new_router].name));
  }
}

// A copy that comes back is copied too, and so on: what a network does not survive is not begun.
void require_copies_end(const Geography& geography, const Mechanism& mechanism, const Binding& binding,
                        const Timeline& timeline) {
  const auto& nodes = geography.topology.nodes;
  const std::size_t correspondent = first_correspondent(geography.topology);
  if (correspondent == config::npos) return;
  constexpr std::size_t frame = 222;  // of a call; what a rate takes of it
  const Passage passage(geography, timeline, binding.mobile, correspondent, {Delay{0}, frame});
  const std::size_t node = passage.multiplies_at();
  if (node == config::npos) return;
  throw InputError(fmt::format(
      "mechanism {}: packets come back to {} while it sends copies of them, and would multiply (in a handover from {} "
      "to {}); lead them or the copies another way",
      mechanism.name, nodes[node].name, nodes[binding.old_router].name, nodes[binding.new_router].name));
}

// As it is with the means of the waits that are drawn, and with the least and the most: all of them, and each against all
// the others. In which order steps are done may differ by it.
std::vector<Mechanism> drawn_otherwise(const Mechanism& mechanism) {
  std::vector<Mechanism> all{mechanism};
  std::vector<std::size_t> drawn;
  for (std::size_t i = 0; i < mechanism.steps.size(); ++i) {
    if (mechanism.steps[i].wait.least != mechanism.steps[i].wait.most) drawn.push_back(i);
  }
  const auto add = [&](bool longest, std::size_t but) {
    Mechanism one = mechanism;
    for (const auto i : drawn) {
      auto& wait = one.steps[i].wait;
      const Delay time = (i == but) != longest ? wait.most : wait.least;
      wait = {time, time};
    }
    all.push_back(std::move(one));
  };
  for (const bool longest : {false, true}) {
    if (!drawn.empty()) add(longest, config::npos);
    if (drawn.size() > 1) {
      for (const auto i : drawn) add(longest, i);
    }
  }
  return all;
}

void require_one_ends_attached(const Geography& geography, const Mechanism& mechanism, const Binding& binding) {
  const auto& topology = geography.topology;
  const Schedule times = schedule_of(geography, mechanism, binding);
  const Timeline ends = timeline_of(geography, mechanism, binding, times.done);
  require_radio_hears(topology, mechanism, binding, times, ends);
  require_knowledge(topology, mechanism, binding, times, ends);
  if (config::uses_bicast(mechanism)) require_copies_end(geography, mechanism, binding, ends);
  const Timeline wanted = resting(geography, mechanism, binding);
  for (std::size_t node = 0; node < topology.nodes.size(); ++node) {
    if (ends.last(node) == wanted.last(node)) continue;
    throw InputError(
        fmt::format("mechanism {}: it does not end in what it calls attached: {}; add the action to a step, or change "
                    "[[attached]]",
                    mechanism.name, difference(topology, binding, node, ends.last(node), wanted.last(node))));
  }
}

}  // namespace

void require_ends_attached(const Geography& lab, const Mechanism& mechanism, std::size_t mobile) {
  const Geography geography = under(lab, mechanism);
  const auto routers = config::access_routers(geography.topology, mobile);
  for (const auto old_router : routers) {
    for (const auto new_router : routers) {
      if (old_router == new_router) continue;
      const Binding binding{mobile, old_router, new_router};
      for (const Mechanism& one : drawn_otherwise(expanded(geography, mechanism, binding))) {
        require_one_ends_attached(geography, one, binding);
      }
    }
  }
}

}  // namespace segue::mobility
