#include "orchestrator/mobility/expectation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "nodes/base/error.hpp"
#include "orchestrator/mobility/passage.hpp"
#include "orchestrator/mobility/routing.hpp"

namespace segue::mobility {

namespace {

using config::Mechanism;
using config::Role;
using config::Step;
using config::Topology;

constexpr Nanoseconds unknown{-1};

// When the steps happen, each as soon as what it waits for allows.
class Schedule {
 public:
  Schedule(const Topology& topology, const config::Paths& paths, const Mechanism& mechanism, const Binding& binding,
           Expectation& result)
      : topology_(topology), paths_(paths), mechanism_(mechanism), binding_(binding), result_(result) {
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
    result_.received[index] = ready + crossing(step, from, node(step.to));
    result_.done[index] = result_.received[index] + step.delay;
  }

  // When `where` knows that a step is done: its sender has to wait for the confirmation to come back.
  Nanoseconds over(std::size_t index, std::size_t where) const {
    const Step& step = mechanism_.steps[index];
    const auto to = node(step.to);
    return to == where ? result_.done[index] : result_.done[index] + crossing(step, to, node(step.from));
  }

  Delay on_link(std::size_t from, std::size_t to) const {
    return config::leaving(*hop_between(topology_, from, to).link, from).delay;
  }

  Delay on_path(std::size_t from, std::size_t to) const {
    if (paths_.reachable(from, to)) return paths_.delay(from, to);
    throw InputError(
        fmt::format("there is no path from {} to {}", topology_.nodes[from].name, topology_.nodes[to].name));
  }

  Delay crossing(const Step& step, std::size_t from, std::size_t to) const {
    if (step.layer == 2) return on_link(from, to);
    if (from == binding_.mobile) return on_link(from, node(step.via)) + on_path(node(step.via), to);
    if (to == binding_.mobile) return on_path(from, node(step.via)) + on_link(node(step.via), to);
    return on_path(from, to);
  }

  const Topology& topology_;
  const config::Paths& paths_;
  const Mechanism& mechanism_;
  const Binding& binding_;
  Expectation& result_;
};

// What is in force at which node from when on.
Timeline timeline(const Topology& topology, const Mechanism& mechanism, const Binding& binding,
                  const Expectation& expectation) {
  Timeline result(topology.nodes.size());
  const auto bound = [&](const config::RouteAction& action, const Binding& by) {
    return DataRoute{true, action.verb, action.target.empty() ? config::npos : node_named(topology, by, action.target)};
  };
  // Before the handover the mobile is attached to what is then the old router, and every other one is off.
  const Binding before{binding.mobile, binding.new_router, binding.old_router};
  for (const auto router : config::access_routers(topology, binding.mobile)) {
    if (router != binding.old_router) result.begin_with(router, {true, config::RouteVerb::off, config::npos});
  }
  for (const auto& placed : mechanism.attached) {
    result.begin_with(node_named(topology, before, placed.at), bound(placed.action, before));
  }
  for (const auto& placed : mechanism.start) {
    result.add(Nanoseconds{0}, node_named(topology, binding, placed.at), bound(placed.action, binding));
  }
  for (std::size_t i = 0; i < mechanism.steps.size(); ++i) {
    const Step& step = mechanism.steps[i];
    for (const auto& action : step.routes) {
      result.add(expectation.done[i], node_named(topology, binding, step.to), bound(action, binding));
    }
  }
  return result;
}

double packets(Nanoseconds outage, Delay interval) {
  if (outage == Nanoseconds::max()) return std::numeric_limits<double>::infinity();
  return static_cast<double>(outage.count()) / static_cast<double>(interval.count());
}

}  // namespace

Expectation expect(const Topology& topology, const config::Paths& paths, const Mechanism& mechanism,
                   const Binding& binding, Delay probe_interval) {
  Expectation result;
  Schedule(topology, paths, mechanism, binding, result);
  result.completion = result.done.at(mechanism.completes);
  for (std::size_t i = 0; i < result.sent.size(); ++i) {
    if (i == mechanism.completes || result.sent[i] < result.completion) ++result.messages;
  }
  const auto correspondent = std::find_if(topology.nodes.begin(), topology.nodes.end(),
                                          [](const config::Node& node) { return node.role == Role::correspondent; });
  if (correspondent == topology.nodes.end()) return result;
  const Passage passage(topology, paths, timeline(topology, mechanism, binding, result), binding.mobile,
                        static_cast<std::size_t>(correspondent - topology.nodes.begin()));
  result.outage_uplink = passage.lost(Passage::Direction::uplink);
  result.outage_downlink = passage.lost(Passage::Direction::downlink);
  result.lost_uplink = packets(result.outage_uplink, probe_interval);
  result.lost_downlink = packets(result.outage_downlink, probe_interval);
  return result;
}

}  // namespace segue::mobility
