#include "orchestrator/mobility/forwarding.hpp"

#include <fmt/format.h>

#include <string_view>

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
    const auto direct = config::link_between(geography.topology, node, action.target);
    if (direct != npos) return over(geography.topology, node, direct);
  }
  if (action.over == node || (action.over != npos && action.over == action.target)) {
    throw InputError(fmt::format("node {}: a tunnel to {} that is led over one of its ends", nodes[node].name,
                                 nodes[action.target].name));
  }
  const auto require_path = [&](std::size_t from, std::size_t to) {
    const auto link = geography.ways.next_link(from, to);
    if (link != npos) return link;
    throw InputError(fmt::format("node {}: no path to {}", nodes[from].name, nodes[to].name));
  };
  if (action.over != npos) require_path(node, action.over);
  const auto link = require_path(action.over == npos ? node : action.over, action.target);
  if (action.verb == RouteVerb::via) return over(geography.topology, node, link);
  return {.treatment = Treatment::tunnel,
          .target = action.target,
          .encapsulation = action.encapsulation,
          .over = action.over};
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
      return {delivered, delivered, leads_on(geography, node, *action), passed};
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
          action.encapsulation, action.over.empty() ? npos : node_named(topology, binding, action.over)};
}

bool serves(const config::Topology& topology, std::size_t node, std::size_t mobile) {
  return node != mobile && config::link_between(topology, node, mobile) != npos;
}

bool forwards(const config::Topology& topology, std::size_t head, std::size_t tail, std::size_t mobile) {
  return serves(topology, head, mobile) && serves(topology, tail, mobile);
}

Forwarding forwarding_of(const Geography& geography, std::size_t mobile, std::size_t node,
                         const std::optional<BoundAction>& told) {
  const auto action = told && told->verb == RouteVerb::none ? std::nullopt : told;
  if (node == mobile) return at_mobile(geography, mobile, action);
  if (serves(geography.topology, node, mobile)) return at_access_router(geography, mobile, node, action);
  return elsewhere(geography, mobile, node, action);
}

Way way_of_copies(const Geography& geography, const Binding& binding, std::size_t node,
                  const config::RouteAction& action) {
  return forwarding_of(geography, binding.mobile, node, bind(geography.topology, binding, action)).led;
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
    using config::BufferVerb;
    if (action.verb == BufferVerb::replay) {
      conduct.replays = conduct.window > Delay{0};
      return;
    }
    if (action.verb == BufferVerb::forget) return;  // which copies, the timeline knows
    if (conduct.bicast) refuse("a buffer is told something there while copies of packets are sent; end that before");
    require_one_queue_or_two(action);
    conduct.window = action.window;
    if (action.flow != config::Flow::forwarded) tell(action, conduct.holding.direct, conduct.discards.direct);
    if (action.flow != config::Flow::direct) tell(action, conduct.holding.forwarded, conduct.discards.forwarded);
  }
  void operator()(const config::BicastAction& action) const {
    conduct.flushes = conduct.bicast.has_value();
    conduct.bicast.reset();
    if (action.way.verb == config::RouteVerb::off) return;
    if (conduct.holds() || conduct.window > Delay{0}) {
      refuse("copies of packets are sent that wait there, or that a window keeps; end that before");
    }
    conduct.bicast = Bicast{way_of_copies(geography, binding, node, action.way), action.delay};
  }

 private:
  static void tell(const config::BufferAction& action, std::optional<Holding>& holding, bool& discards) {
    discards = action.verb == config::BufferVerb::discard;
    holding.reset();
    if (action.verb != config::BufferVerb::hold) return;
    holding = Holding{action.limit, action.drop_oldest, action.flow == config::Flow::all};
  }
  // What waits in one queue has one order, and only goes on as a whole.
  void require_one_queue_or_two(const config::BufferAction& action) const {
    const bool apart = action.flow != config::Flow::all;
    if (apart && conduct.window > Delay{0}) refuse("a window has no flows of its own; end it before");
    const bool holds = action.verb == config::BufferVerb::hold;
    for (const auto* const holding : {&conduct.holding.direct, &conduct.holding.forwarded}) {
      if (!*holding) continue;
      if (apart && (*holding)->one_queue) {
        refuse("forwarded and direct packets wait there in one queue; hold each to have two");
      }
      if (!apart && holds && !(*holding)->one_queue) {
        refuse("forwarded or direct packets wait there in a queue of their own; release it before all are held");
      }
    }
  }
  [[noreturn]] void refuse(std::string_view why) const {
    throw InputError(fmt::format("node {}: {}", geography.topology.nodes[node].name, why));
  }
};

}  // namespace

Conduct after_action(const Geography& geography, const Binding& binding, std::size_t node, const Conduct& conduct,
                     const config::Action& action) {
  Conduct result = conduct;
  result.discards = {};
  result.replays = false;
  result.flushes = false;
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
      return "puts them into a tunnel to " + topology.nodes[way.target].name +
             (way.over == npos ? "" : " over " + topology.nodes[way.over].name);
  }
  return {};
}

}  // namespace segue::mobility
