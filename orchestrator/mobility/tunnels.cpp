#include "orchestrator/mobility/tunnels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "orchestrator/config/actors.hpp"
#include "orchestrator/mobility/expand.hpp"
#include "orchestrator/mobility/kernel_routes.hpp"

namespace segue::mobility {

namespace {

using config::Action;
using config::Actor;
using config::Actors;
using config::Link;
using config::link_between;
using config::Mechanism;
using config::Node;
using config::npos;
using config::Placed;
using config::Role;
using config::RouteAction;
using config::RouteVerb;
using config::Step;
using config::Topology;

class TunnelSurvey {
 public:
  explicit TunnelSurvey(const Topology& topology) : topology_(topology), ways_(topology), actors_(topology) {}

  void look_at(const Mechanism& mechanism) {
    if (!config::speaks_of_ways(mechanism)) return look_at(mechanism, mechanism.attached);
    const Geography geography = under({topology_, ways_}, mechanism);
    for (const auto mobile : actors_.mobiles()) {
      const auto routers = config::access_routers(topology_, mobile);
      for (const auto old_router : routers) {
        for (const auto new_router : routers) {
          if (old_router == new_router) continue;
          const Binding binding{mobile, old_router, new_router};
          look_at(expanded(geography, mechanism, binding), attached_in(geography, mechanism, binding));
        }
      }
    }
  }

  void look_at(const Mechanism& mechanism, const std::vector<Placed>& attached) {
    for (const Placed& placed : attached) look_at_route(mechanism, placed.at, placed.action);
    for (const Placed& placed : mechanism.start) look_at_route(mechanism, placed.at, placed.action);
    for (const Step& step : mechanism.steps) {
      for (const Action& action : step.actions) look_at_route(mechanism, step.to, action);
    }
  }

  std::vector<NarrowLink> found() const {
    std::vector<NarrowLink> links;
    links.reserve(found_.size());
    for (const auto& [link, narrow] : found_) links.push_back(narrow);
    return links;
  }

 private:
  void look_at_route(const Mechanism& mechanism, const std::string& at, const Action& action) {
    const RouteAction* const route = config::route_in(action);
    if (route == nullptr || !seen_.emplace(mechanism.name, at, to_text(action)).second) return;
    look_at(mechanism, at, *route);
  }

  void look_at(const Mechanism& mechanism, const std::string& at, const RouteAction& action) {
    if (action.verb != RouteVerb::tunnel && action.verb != RouteVerb::through_tunnel) return;
    const Actor from = actors_.named(at);
    const Actor to = actors_.named(action.target);
    for (const auto mobile : actors_.mobiles()) {
      for (const auto head : actors_.candidates(from, mobile)) {
        for (const auto tail : actors_.candidates(to, mobile)) {
          // The access router that a tunnel begins or ends at serves the mobile.
          const auto served = action.verb == RouteVerb::through_tunnel ? head : tail;
          if (head == tail) continue;
          for (const auto over : waypoints(action, mobile)) {
            const unsigned adds = overhead(action.encapsulation, over == npos ? 1 : 2);
            follow(mobile, {npos, access_link(mobile, served), 0, adds, mechanism.name, head, tail}, over);
          }
        }
      }
    }
  }

  std::vector<std::size_t> waypoints(const RouteAction& action, std::size_t mobile) const {
    if (action.over.empty()) return {npos};
    return actors_.candidates(actors_.named(action.over), mobile);
  }

  // Where the tunnel ends elsewhere than at an access router it may carry the packets of any.
  std::size_t access_link(std::size_t mobile, std::size_t router) const {
    if (const auto own = link_between(topology_, mobile, router); own != npos) return own;
    std::size_t widest = npos;
    for (const auto one : config::access_routers(topology_, mobile)) {
      const auto link = link_between(topology_, mobile, one);
      if (widest == npos || topology_.links[link].mtu > topology_.links[widest].mtu) widest = link;
    }
    return widest;
  }

  void follow(std::size_t mobile, NarrowLink tunnel, std::size_t over) {
    if (tunnel.access == npos) return;
    tunnel.needed = topology_.links[tunnel.access].mtu + tunnel.overhead;
    const Way way{.treatment = Treatment::tunnel, .target = tunnel.tail, .over = over};
    for (const Leg& leg : legs_of(topology_, tunnel.head, way, downlink_segment(topology_, tunnel.tail, mobile))) {
      const auto nodes = ways_.way(leg.from, leg.to, leg.segment);
      if (!nodes) return;
      for (const auto node : *nodes) {
        if (node == leg.to) break;
        tunnel.link = ways_.next_link(node, leg.segment);
        if (topology_.links[tunnel.link].mtu >= tunnel.needed) continue;
        const auto [known, fresh] = found_.emplace(tunnel.link, tunnel);
        if (!fresh && known->second.needed < tunnel.needed) known->second = tunnel;
      }
    }
  }

  const Topology& topology_;
  Ways ways_;
  Actors actors_;
  std::map<std::size_t, NarrowLink> found_;                           // by link
  std::set<std::tuple<std::string, std::string, std::string>> seen_;  // a mechanism's actions, and where
};

std::string where(const Topology& topology, unsigned line) {
  return line == 0 ? topology.file : fmt::format("{}:{}", topology.file, line);
}

}  // namespace

std::vector<NarrowLink> narrow_links(const Topology& topology, const std::vector<Mechanism>& mechanisms) {
  TunnelSurvey survey(topology);
  for (const Mechanism& mechanism : mechanisms) survey.look_at(mechanism);
  return survey.found();
}

std::string to_text(const Topology& topology, const NarrowLink& narrow) {
  const Link& link = topology.links[narrow.link];
  const Link& access = topology.links[narrow.access];
  auto text = fmt::format(
      "{}: link \"{}\": mtu {}, and the tunnel of \"{}\" from {} to {} needs {}: packets longer than "
      "{} bytes are lost in it, and their sender is not told; set mtu = {} here",
      where(topology, link.line), link.name, link.mtu, narrow.mechanism, topology.nodes[narrow.head].name,
      topology.nodes[narrow.tail].name, narrow.needed, link.mtu - narrow.overhead, narrow.needed);
  const unsigned narrower = link.mtu - narrow.overhead;
  if (narrow.access != narrow.link && narrower >= link::mtu_at_least) {
    text += fmt::format(", or {} on access link \"{}\"", narrower, access.name);
  }
  return text;
}

std::vector<std::string> warnings_of(const Topology& topology, const std::vector<Mechanism>& mechanisms) {
  std::vector<std::string> warnings = topology.warnings;
  for (const NarrowLink& narrow : narrow_links(topology, mechanisms)) warnings.push_back(to_text(topology, narrow));
  const auto is = [](Role role) { return [role](const Node& node) { return node.role == role; }; };
  const auto& nodes = topology.nodes;
  const bool moves = !mechanisms.empty() && std::any_of(nodes.begin(), nodes.end(), is(Role::mobile));
  if (moves && std::none_of(nodes.begin(), nodes.end(), is(Role::correspondent))) {
    warnings.push_back(fmt::format(
        "{}: no node has role = \"correspondent\", with which the mobile talks: a handover cannot be measured",
        topology.file));
  }
  return warnings;
}

}  // namespace segue::mobility
