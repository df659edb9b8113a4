#include "orchestrator/mobility/plans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nodes/base/error.hpp"

namespace segue::mobility {

namespace {

using config::Mechanism;
using config::Step;
using protocol::Plan;
using protocol::PlanStep;

// Where a node signals on layer 3: a mobile at its end of the access link in use, others at their node address.
Address signalling_address(const Geography& geography, const Binding& binding, std::size_t node, const Step& step) {
  if (node != binding.mobile) return geography.topology.nodes[node].address;
  return hop_between(geography.topology, node, node_named(geography.topology, binding, step.via)).near->address;
}

// Whether a later step of the same sender comes after this one.
bool sender_awaits(const config::Topology& topology, const Mechanism& mechanism, const Binding& binding,
                   std::size_t index) {
  const auto sender = node_named(topology, binding, mechanism.steps[index].from);
  return std::any_of(mechanism.steps.begin(), mechanism.steps.end(), [&](const Step& later) {
    return node_named(topology, binding, later.from) == sender &&
           std::find(later.after.begin(), later.after.end(), index) != later.after.end();
  });
}

PlanStep bind(const Geography& geography, const Mechanism& mechanism, const Binding& binding, std::size_t index) {
  const Step& step = mechanism.steps[index];
  const config::Topology& topology = geography.topology;
  const auto from = node_named(topology, binding, step.from);
  const auto to = node_named(topology, binding, step.to);
  PlanStep bound;
  bound.name = step.name;
  bound.message = step.message;
  bound.from = static_cast<std::uint32_t>(from);
  bound.to = static_cast<std::uint32_t>(to);
  bound.layer = static_cast<std::uint8_t>(step.layer);
  if (step.layer == 2) {
    const Hop hop = hop_between(topology, from, to);
    bound.from_interface = hop.near->interface;
    bound.to_interface = hop.far->interface;
    bound.from_mac = hop.near->mac;
    bound.to_mac = hop.far->mac;
  } else {
    bound.from_address = signalling_address(geography, binding, from, step);
    bound.to_address = signalling_address(geography, binding, to, step);
  }
  bound.delay = step.delay;
  bound.timeout = step.timeout;
  bound.retries = static_cast<std::uint8_t>(step.retries);
  bound.retry_after = step.retry_after;
  bound.confirmed = sender_awaits(topology, mechanism, binding, index);
  bound.after.assign(step.after.begin(), step.after.end());
  for (const auto& action : step.routes) {
    const auto routes = resolve(geography, binding, to, action);
    bound.routes.insert(bound.routes.end(), routes.begin(), routes.end());
  }
  bound.execute = step.execute;
  if (mechanism.routes_by_ip && !bound.routes.empty()) {
    bound.execute = as_commands(bound.routes) + (step.execute.empty() ? "" : " && " + step.execute);
    bound.routes.clear();
  }
  return bound;
}

}  // namespace

std::vector<Plan> plans_for(const Geography& geography, const Mechanism& mechanism, const Binding& binding,
                            std::uint64_t handover) {
  std::vector<PlanStep> steps;
  std::set<std::uint32_t> nodes;
  for (std::size_t i = 0; i < mechanism.steps.size(); ++i) {
    steps.push_back(bind(geography, mechanism, binding, i));
    nodes.insert({steps.back().from, steps.back().to});
  }
  std::map<std::uint32_t, std::vector<netlink::Route>> start;
  for (const auto& placed : mechanism.start) {
    const auto node = static_cast<std::uint32_t>(node_named(geography.topology, binding, placed.at));
    const auto routes = resolve(geography, binding, node, placed.action);
    start[node].insert(start[node].end(), routes.begin(), routes.end());
    nodes.insert(node);
  }
  std::vector<Plan> plans;
  for (const auto node : nodes) {
    Plan plan{.handover = handover, .node = node, .start = start[node], .start_execute = {}, .steps = steps};
    // What the radio does is no route of the mechanism's: it stays a native action at the mobile.
    if (mechanism.routes_by_ip && node != binding.mobile && !plan.start.empty()) {
      plan.start_execute = as_commands(plan.start);
      plan.start.clear();
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

std::map<std::size_t, std::vector<netlink::Route>> attached_routes(const Geography& geography,
                                                                   const Mechanism& mechanism, const Binding& binding) {
  std::map<std::size_t, std::vector<netlink::Route>> result;
  const auto place = [&](std::size_t node, const config::RouteAction& action) {
    const auto routes = resolve(geography, binding, node, action);
    result[node].insert(result[node].end(), routes.begin(), routes.end());
  };
  for (const auto router : config::access_routers(geography.topology, binding.mobile)) {
    if (router != binding.new_router) place(router, {config::RouteVerb::off, {}});
  }
  for (const auto& placed : mechanism.attached) {
    place(node_named(geography.topology, binding, placed.at), placed.action);
  }
  return result;
}

}  // namespace segue::mobility
