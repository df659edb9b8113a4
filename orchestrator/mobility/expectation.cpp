#include "orchestrator/mobility/expectation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "orchestrator/mobility/schedule.hpp"

namespace segue::mobility {

namespace {

using config::Mechanism;
using config::npos;
using config::Topology;
using Direction = Passage::Direction;

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
  const Passage passage(geography, timeline_of(geography, mechanism, binding, result.done), binding.mobile,
                        correspondent, data.bytes, data.interval);
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
  Schedule times = schedule_of(geography, mechanism, binding);
  result.sent = std::move(times.sent);
  result.received = std::move(times.received);
  result.done = std::move(times.done);
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
  const Schedule times = schedule_of(geography, mechanism, binding);
  return {geography,      timeline_of(geography, mechanism, binding, times.done),
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

}  // namespace segue::mobility
