#include "orchestrator/mobility/plans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "nodes/base/error.hpp"
#include "orchestrator/mobility/buffers.hpp"
#include "orchestrator/mobility/expand.hpp"
#include "orchestrator/mobility/radio.hpp"

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
                  .confirmed = sender_awaits(topology, mechanism, binding, index),
                  .tells_delivered = config::tells_delivered(step)};
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

// What a node is told at one instant, in the kernel's terms.
class Deeds {
 public:
  Deeds(const Geography& geography, const Mechanism& mechanism, const Binding& binding, std::size_t node,
        std::uint64_t handover, bool by_ip)
      : geography_(geography),
        binding_(binding),
        node_(node),
        handover_(handover),
        flows_(config::uses_flows(mechanism)),
        by_ip_(by_ip),
        tells_(config::tells_delivered(mechanism)) {}

  void add(const config::Action& action) {
    std::visit([this](const auto& one) { tell(one); }, action);
  }
  // Last, after routes that are set by ip.
  void execute(const std::string& command) {
    if (!command.empty()) command_ += (command_.empty() ? "" : " && ") + command;
  }

  std::vector<Action> take() {
    std::vector<Action> actions = std::move(radio_);
    if (by_ip_ && !routes_.empty()) {
      command_ = as_commands(routes_) + (command_.empty() ? "" : " && " + command_);
      routes_.clear();
    }
    if (!routes_.empty()) actions.emplace_back(protocol::SetRoutes{std::move(routes_)});
    for (auto& one : relay_) actions.push_back(std::move(one));
    if (!command_.empty()) actions.emplace_back(protocol::Execute{std::move(command_)});
    return actions;
  }

 private:
  void tell(const config::RouteAction& action) {
    for (auto& route : resolve(geography_, binding_, node_, action)) routes_.push_back(std::move(route));
  }
  void tell(const config::RadioAction& action) {
    const auto router = node_named(geography_.topology, binding_, action.router);
    const bool joins = action.verb == config::RadioVerb::join;
    if (tells_ && !joins) {
      const Hop hop = hop_between(geography_.topology, binding_.mobile, router);
      radio_.emplace_back(protocol::TellDelivered{{hop.near->interface, hop.far->mac},
                                                  config::addresses_of(geography_.topology.nodes[binding_.mobile]),
                                                  handover_});
    }
    for (auto& one : radio_actions(geography_.topology, binding_.mobile, router, joins, action.carrier)) {
      radio_.push_back(std::move(one));
    }
  }

  void tell(const config::BufferAction& action) {
    for (auto& one : buffer_actions(geography_, binding_, node_, handover_, action, flows_)) {
      relay_.push_back(std::move(one));
    }
  }
  void tell(const config::BicastAction& action) {
    relay_.push_back(bicast_action(geography_, binding_, node_, handover_, action));
  }

  const Geography& geography_;
  const Binding& binding_;
  std::size_t node_;
  std::uint64_t handover_;
  bool flows_;
  bool by_ip_;
  bool tells_;
  std::vector<Action> radio_;
  std::vector<Action> relay_;
  std::vector<netlink::Route> routes_;
  std::string command_;
};

PlanStep bind(const Geography& geography, const Mechanism& mechanism, const Binding& binding, std::uint64_t handover,
              std::size_t index) {
  const Step& step = mechanism.steps[index];
  PlanStep result{.number = static_cast<std::uint32_t>(index),
                  .name = step.name,
                  .after = {step.after.begin(), step.after.end()},
                  .content = protocol::Wait{},
                  .on_done = {}};
  if (step.local()) {
    const auto at = node_named(geography.topology, binding, step.to);
    result.content = protocol::Wait{static_cast<std::uint32_t>(at), step.wait.least};
  } else {
    result.content = bind_message(geography, mechanism, binding, index);
  }
  Deeds deeds(geography, mechanism, binding, protocol::done_at(result), handover, mechanism.routes_by_ip);
  for (const auto& action : step.actions) deeds.add(action);
  deeds.execute(step.execute);
  result.on_done = deeds.take();
  return result;
}

}  // namespace

std::vector<Plan> plans_for(const Geography& lab, const Mechanism& told, const Binding& binding,
                            std::uint64_t handover) {
  const Geography geography = under(lab, told);
  const Mechanism mechanism = expanded(geography, told, binding);
  std::map<std::uint32_t, Plan> plans;
  const auto plan_of = [&](std::uint32_t node) -> Plan& {
    return plans.try_emplace(node, Plan{.handover = handover, .node = node}).first->second;
  };
  for (std::size_t i = 0; i < mechanism.steps.size(); ++i) {
    const PlanStep step = bind(geography, mechanism, binding, handover, i);
    plan_of(protocol::begins_at(step)).steps.push_back(step);
    if (protocol::done_at(step) != protocol::begins_at(step)) plan_of(protocol::done_at(step)).steps.push_back(step);
  }
  std::map<std::uint32_t, Deeds> start;
  for (const auto& placed : mechanism.start) {
    const auto node = static_cast<std::uint32_t>(node_named(geography.topology, binding, placed.at));
    // What the radio does is no route of the mechanism's: it stays a native action at the mobile.
    const bool by_ip = mechanism.routes_by_ip && node != binding.mobile;
    start.try_emplace(node, geography, mechanism, binding, node, handover, by_ip).first->second.add(placed.action);
  }
  for (auto& [node, deeds] : start) plan_of(node).start = deeds.take();
  std::vector<Plan> result;
  result.reserve(plans.size());
  for (auto& [node, plan] : plans) result.push_back(std::move(plan));
  return result;
}

std::map<std::size_t, std::vector<Action>> attached(const Geography& lab, const Mechanism& mechanism,
                                                    const Binding& binding) {
  const Geography geography = under(lab, mechanism);
  const auto holds = attached_in(geography, mechanism, binding);
  const auto& topology = geography.topology;
  std::map<std::size_t, std::vector<netlink::Route>> routes;
  for (std::size_t node = 0; node < topology.nodes.size(); ++node) {
    auto own = detached(geography, binding, node);
    if (!own.empty()) routes[node] = std::move(own);
  }
  for (std::size_t node = 0; node < topology.nodes.size(); ++node) {
    const auto add = [&](std::vector<netlink::Route> more) {
      for (auto& route : more) routes[node].push_back(std::move(route));
    };
    if (config::uses_relay(mechanism)) add(unheld(geography, binding, node));
    if (config::uses_ways_over(mechanism)) add(waypoint(topology, node));
  }
  const auto place = [&](std::size_t node, const config::Action& action) {
    const auto* route = std::get_if<config::RouteAction>(&action);
    if (route == nullptr) return;
    for (auto& one : resolve(geography, binding, node, *route)) routes[node].push_back(std::move(one));
  };
  for (const auto router : config::access_routers(topology, binding.mobile)) {
    if (router != binding.new_router) place(router, config::RouteAction{config::RouteVerb::off, {}});
  }
  for (const auto& placed : holds) place(node_named(topology, binding, placed.at), placed.action);
  std::map<std::size_t, std::vector<Action>> result;
  for (auto& [node, list] : routes) result[node].emplace_back(protocol::SetRoutes{std::move(list)});
  if (config::tells_delivered(mechanism)) {
    result[binding.mobile].emplace_back(protocol::Listen{config::addresses_of(topology.nodes[binding.mobile])});
  }
  for (auto& action : attached_radio(topology, mechanism, binding.mobile, binding.new_router)) {
    result[binding.mobile].push_back(std::move(action));
  }
  for (const auto& placed : holds) {
    const auto* buffer = std::get_if<config::BufferAction>(&placed.action);
    if (buffer == nullptr) continue;
    const auto node = node_named(topology, binding, placed.at);
    result[node].emplace_back(protocol::Window{buffer_at(geography, binding, node, 0), buffer->window});
  }
  return result;
}

}  // namespace segue::mobility
