#include "orchestrator/mobility/forwarding.hpp"

#include <fmt/format.h>

#include "nodes/base/error.hpp"

namespace segue::mobility {

namespace {

using config::npos;
using config::RouteVerb;

constexpr Way dropped{Treatment::drop, npos};
constexpr Way delivered{Treatment::deliver, npos};
constexpr Way passed{Treatment::pass, npos};

Way over(const config::Topology& topology, std::size_t node, std::size_t link) {
  return {.treatment = Treatment::onward, .target = across(topology.links[link], node), .link = link};
}

// As it is while nobody leads packets for the mobile anywhere: to its home, which ends them.
Way homewards(const Geography& geography, std::size_t mobile, std::size_t node) {
  const std::size_t link = link_to_home(geography, mobile, node);
  return link == npos ? dropped : over(geography.topology, node, link);
}

Way leads_on(const Geography& geography, std::size_t node, const BoundAction& action) {
  const auto& nodes = geography.topology.nodes;
  if (action.target == node) throw InputError(fmt::format("node {}: a route of its own to itself", nodes[node].name));
  if (nodes[action.target].role == config::Role::mobile) {
    throw InputError(fmt::format("node {}: \"{}\" is a mobile node; an access router has \"through\"", nodes[node].name,
                                 nodes[action.target].name));
  }
  if (action.verb == RouteVerb::via) {
    const auto link = config::link_between(geography.topology, node, action.target);
    if (link != npos) return over(geography.topology, node, link);
  }
  const auto link = geography.ways.next_link(node, action.target);
  if (link == npos) {
    throw InputError(fmt::format("node {}: no path to {}", nodes[node].name, nodes[action.target].name));
  }
  if (action.verb == RouteVerb::via) return over(geography.topology, node, link);
  return {Treatment::tunnel, action.target, action.encapsulation};
}

Forwarding at_mobile(const Geography& geography, std::size_t mobile, const std::optional<BoundAction>& action) {
  if (!action || action->verb == RouteVerb::off) return {dropped, dropped, dropped, dropped};
  if (action->verb != RouteVerb::via) {
    throw InputError(fmt::format("node {}: a mobile node's route is \"off\" or \"via NODE\"",
                                 geography.topology.nodes[mobile].name));
  }
  hop_between(geography.topology, mobile, action->target);
  const auto link = config::link_between(geography.topology, mobile, action->target);
  return {dropped, dropped, over(geography.topology, mobile, link), dropped};
}

Forwarding at_access_router(const Geography& geography, std::size_t mobile, std::size_t node,
                            const std::optional<BoundAction>& action) {
  if (!action || action->verb == RouteVerb::off) {
    return {dropped, homewards(geography, mobile, node), dropped, passed};
  }
  switch (action->verb) {
    case RouteVerb::through:
      return {delivered, delivered, passed, passed};
    case RouteVerb::through_tunnel:
      return {delivered,
              delivered,
              {Treatment::tunnel, leads_on(geography, node, *action).target, action->encapsulation},
              passed};
    default:
      const Way on = leads_on(geography, node, *action);
      return {on, on, passed, passed};
  }
}

Forwarding elsewhere(const Geography& geography, std::size_t mobile, std::size_t node,
                     const std::optional<BoundAction>& action) {
  if (!action) {
    const Way home = homewards(geography, mobile, node);
    return {home, home, passed, passed};
  }
  switch (action->verb) {
    case RouteVerb::off:
      return {dropped, dropped, dropped, dropped};
    case RouteVerb::through:
    case RouteVerb::through_tunnel:
      hop_between(geography.topology, node, mobile);  // throws: it has none
      return {};
    default:
      const Way on = leads_on(geography, node, *action);
      return {on, on, passed, passed};
  }
}

}  // namespace

BoundAction bind(const config::Topology& topology, const Binding& binding, const config::RouteAction& action) {
  return {action.verb, action.target.empty() ? npos : node_named(topology, binding, action.target),
          action.encapsulation};
}

bool serves(const config::Topology& topology, std::size_t node, std::size_t mobile) {
  return node != mobile && config::link_between(topology, node, mobile) != npos;
}

Forwarding forwarding_of(const Geography& geography, std::size_t mobile, std::size_t node,
                         const std::optional<BoundAction>& told) {
  const auto action = told && told->verb == RouteVerb::none ? std::nullopt : told;
  if (node == mobile) return at_mobile(geography, mobile, action);
  if (serves(geography.topology, node, mobile)) return at_access_router(geography, mobile, node, action);
  return elsewhere(geography, mobile, node, action);
}

namespace {

// An action's effect on what a node does.
struct Effect {
  const Geography& geography;
  const Binding& binding;
  std::size_t node;
  Conduct& conduct;

  void operator()(const config::RouteAction& action) const {
    conduct.forwarding = forwarding_of(geography, binding.mobile, node, bind(geography.topology, binding, action));
  }
  void operator()(const config::RadioAction& action) const {
    const auto router = node_named(geography.topology, binding, action.router);
    const auto tell = [&](std::set<std::size_t>& routers) {
      action.verb == config::RadioVerb::join ? void(routers.erase(router)) : void(routers.insert(router));
    };
    tell(conduct.left);
    if (action.carrier) tell(conduct.no_carrier);
  }
  void operator()(const config::BufferAction& action) const {
    if (action.verb == config::BufferVerb::replay) {
      conduct.replays = conduct.window > Delay{0};
      return;
    }
    if (action.verb == config::BufferVerb::forget) return;  // which copies, the timeline knows
    conduct.discards = action.verb == config::BufferVerb::discard;
    conduct.holding.reset();
    conduct.window = action.window;
    if (action.verb == config::BufferVerb::hold) conduct.holding = Holding{action.limit, action.drop_oldest};
  }
};

}  // namespace

Conduct after_action(const Geography& geography, const Binding& binding, std::size_t node, const Conduct& conduct,
                     const config::Action& action) {
  Conduct result = conduct;
  result.discards = false;
  result.replays = false;
  std::visit(Effect{geography, binding, node, result}, action);
  return result;
}

std::size_t home_of(const Geography& geography, std::size_t mobile) {
  return geography.home == npos ? geography.topology.nodes[mobile].home : geography.home;
}

std::size_t link_to_home(const Geography& geography, std::size_t mobile, std::size_t node) {
  const std::size_t home = home_of(geography, mobile);
  return home == npos || home == node ? npos : geography.ways.next_link(node, home);
}

std::string to_text(const Way& way, const config::Topology& topology) {
  switch (way.treatment) {
    case Treatment::drop:
      return "drops them";
    case Treatment::deliver:
      return "delivers them";
    case Treatment::pass:
      return "passes them on";
    case Treatment::onward:
      return "leads them to " + topology.nodes[way.target].name;
    case Treatment::tunnel:
      return "puts them into a tunnel to " + topology.nodes[way.target].name;
  }
  return {};
}

}  // namespace segue::mobility
