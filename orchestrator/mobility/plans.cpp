#include "orchestrator/mobility/plans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "nodes/base/error.hpp"

namespace segue::mobility {

namespace {

using config::Mechanism;
using config::Step;
using protocol::Action;
using protocol::LinkEndpoint;
using protocol::Message;
using protocol::NetworkEndpoint;
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

Message bind_message(const Geography& geography, const Mechanism& mechanism, const Binding& binding,
                     std::size_t index) {
  const Step& step = mechanism.steps[index];
  const config::Topology& topology = geography.topology;
  const auto from = node_named(topology, binding, step.from);
  const auto to = node_named(topology, binding, step.to);
  Message message{.text = step.message,
                  .from = static_cast<std::uint32_t>(from),
                  .to = static_cast<std::uint32_t>(to),
                  .delay = step.delay,
                  .timeout = step.timeout,
                  .retries = static_cast<std::uint8_t>(step.retries),
                  .retry_after = step.retry_after,
                  .confirmed = sender_awaits(topology, mechanism, binding, index)};
  if (step.layer == 2) {
    const Hop hop = hop_between(topology, from, to);
    message.forth = LinkEndpoint{hop.near->interface, hop.far->mac};
    message.back = LinkEndpoint{hop.far->interface, hop.near->mac};
  } else {
    const Address near = signalling_address(geography, binding, from, step);
    const Address far = signalling_address(geography, binding, to, step);
    message.forth = NetworkEndpoint{near, far};
    message.back = NetworkEndpoint{far, near};
  }
  return message;
}

// Routes first, then the command: either may be none. By ip, routes are a command, too.
std::vector<Action> actions_of(std::vector<netlink::Route> routes, std::string command, bool by_ip) {
  if (by_ip && !routes.empty()) {
    command = as_commands(routes) + (command.empty() ? "" : " && " + command);
    routes.clear();
  }
  std::vector<Action> actions;
  if (!routes.empty()) actions.emplace_back(protocol::SetRoutes{std::move(routes)});
  if (!command.empty()) actions.emplace_back(protocol::Execute{std::move(command)});
  return actions;
}

PlanStep bind(const Geography& geography, const Mechanism& mechanism, const Binding& binding, std::size_t index) {
  const Step& step = mechanism.steps[index];
  Message message = bind_message(geography, mechanism, binding, index);
  std::vector<netlink::Route> routes;
  for (const auto& action : step.routes) {
    const auto resolved = resolve(geography, binding, message.to, action);
    routes.insert(routes.end(), resolved.begin(), resolved.end());
  }
  return {.number = static_cast<std::uint32_t>(index),
          .name = step.name,
          .after = {step.after.begin(), step.after.end()},
          .content = std::move(message),
          .on_done = actions_of(std::move(routes), step.execute, mechanism.routes_by_ip)};
}

}  // namespace

std::vector<Plan> plans_for(const Geography& geography, const Mechanism& mechanism, const Binding& binding,
                            std::uint64_t handover) {
  std::map<std::uint32_t, Plan> plans;
  const auto plan_of = [&](std::uint32_t node) -> Plan& {
    return plans.try_emplace(node, Plan{.handover = handover, .node = node}).first->second;
  };
  for (std::size_t i = 0; i < mechanism.steps.size(); ++i) {
    const PlanStep step = bind(geography, mechanism, binding, i);
    plan_of(protocol::begins_at(step)).steps.push_back(step);
    if (protocol::done_at(step) != protocol::begins_at(step)) plan_of(protocol::done_at(step)).steps.push_back(step);
  }
  std::map<std::uint32_t, std::vector<netlink::Route>> start;
  for (const auto& placed : mechanism.start) {
    const auto node = static_cast<std::uint32_t>(node_named(geography.topology, binding, placed.at));
    const auto routes = resolve(geography, binding, node, placed.action);
    start[node].insert(start[node].end(), routes.begin(), routes.end());
  }
  for (auto& [node, routes] : start) {
    // What the radio does is no route of the mechanism's: it stays a native action at the mobile.
    plan_of(node).start = actions_of(std::move(routes), {}, mechanism.routes_by_ip && node != binding.mobile);
  }
  std::vector<Plan> result;
  result.reserve(plans.size());
  for (auto& [node, plan] : plans) result.push_back(std::move(plan));
  return result;
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
