#include "orchestrator/mobility/expectation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "orchestrator/mobility/expand.hpp"
#include "orchestrator/mobility/schedule.hpp"

namespace segue::mobility {

namespace {

using config::Mechanism;
using config::npos;
using config::Topology;
using Direction = Passage::Direction;

// Why packets do not come back.
std::string dead_end(const Topology& topology, const Binding& binding, const PacketStream& stream,
                     Direction direction) {
  if (stream.outage() != Nanoseconds::max()) return {};
  const auto& mobile = topology.nodes[binding.mobile].name;
  const char* const way = direction == Direction::uplink ? "from" : "for";
  const char* const when = stream.lost_from_the_start() ? "before the handover already" : "after the handover";
  const auto& node = topology.nodes[stream.for_ever().node].name;
  if (stream.for_ever().node == binding.mobile && direction == Direction::downlink) {
    return fmt::format("packets for {} come to it {} over a link that its radio has left", mobile, when);
  }
  if (stream.for_ever().circles) {
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
                        correspondent, data);
  const PacketStream uplink(passage, Direction::uplink);
  const PacketStream downlink(passage, Direction::downlink);
  result.outage_uplink = uplink.outage();
  result.outage_downlink = downlink.outage();
  result.uplink = uplink.mean(data.interval);
  result.downlink = downlink.mean(data.interval);
  result.longest_way = std::max(passage.longest(Direction::uplink), passage.longest(Direction::downlink));
  result.settled = std::max(uplink.settled(), downlink.settled());
  result.dead_end = dead_end(geography.topology, binding, uplink, Direction::uplink);
  const std::string down = dead_end(geography.topology, binding, downlink, Direction::downlink);
  if (!result.dead_end.empty() && !down.empty()) result.dead_end += "; ";
  result.dead_end += down;
}

}  // namespace

Expectation expect(const Geography& geography, const Mechanism& mechanism, const Binding& binding,
                   const DataFlow& data) {
  return expect(geography, geography, mechanism, binding, data);
}

Expectation expect(const Geography& of_messages, const Geography& of_data, const Mechanism& told,
                   const Binding& binding, const DataFlow& data) {
  const Mechanism mechanism = expanded(under(of_messages, told), told, binding);
  Expectation result;
  Schedule times = schedule_of(of_messages, mechanism, binding);
  result.sent = std::move(times.sent);
  result.received = std::move(times.received);
  result.done = std::move(times.done);
  result.completion_uplink = result.done.at(mechanism.completes.uplink);
  result.completion_downlink = result.done.at(mechanism.completes.downlink);
  result.completion = std::max(result.completion_uplink, result.completion_downlink);
  for (std::size_t i = 0; i < result.sent.size(); ++i) {
    if (mechanism.steps[i].local()) continue;
    const bool completes = i == mechanism.completes.uplink || i == mechanism.completes.downlink;
    if (completes || result.sent[i] < result.completion) ++result.messages;
  }
  look_at_data(under(of_data, told), mechanism, binding, data, result);
  return result;
}

Passage passage_of(const Geography& lab, const Mechanism& told, const Binding& binding, const DataFlow& data) {
  const Geography geography = under(lab, told);
  const Mechanism mechanism = expanded(geography, told, binding);
  const Schedule times = schedule_of(geography, mechanism, binding);
  return {geography, timeline_of(geography, mechanism, binding, times.done), binding.mobile,
          first_correspondent(geography.topology), data};
}

Delay longest_way(const Geography& geography, const Mechanism& mechanism, std::size_t mobile, const DataFlow& data) {
  Delay longest{0};
  if (first_correspondent(geography.topology) == npos) return longest;
  const auto routers = config::access_routers(geography.topology, mobile);
  for (const auto old_router : routers) {
    for (const auto new_router : routers) {
      if (old_router == new_router) continue;
      const Passage passage = passage_of(geography, mechanism, {mobile, old_router, new_router}, data);
      longest = std::max({longest, passage.longest(Direction::uplink), passage.longest(Direction::downlink)});
    }
  }
  return longest;
}

}  // namespace segue::mobility
