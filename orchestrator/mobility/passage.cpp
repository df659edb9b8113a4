#include "orchestrator/mobility/passage.hpp"

#include <algorithm>

namespace segue::mobility {

namespace {

using config::npos;
using config::RouteVerb;

constexpr unsigned hop_limit = 64;

}  // namespace

Timeline::Timeline(std::size_t nodes) : changes_(nodes, {Change{Nanoseconds::min(), DataRoute{}}}) {}

void Timeline::add(Nanoseconds when, std::size_t node, const DataRoute& route) {
  auto& changes = changes_[node];
  const auto later = [](Nanoseconds time, const Change& change) { return time < change.first; };
  changes.insert(std::upper_bound(changes.begin(), changes.end(), when, later), {when, route});
}

const DataRoute& Timeline::at(std::size_t node, Nanoseconds when) const {
  const auto& changes = changes_[node];
  const auto later = [](Nanoseconds time, const Change& change) { return time < change.first; };
  return std::prev(std::upper_bound(changes.begin() + 1, changes.end(), when, later))->second;
}

Passage::Move Passage::hop_towards(std::size_t node, std::size_t target) const {
  const auto index = paths_.first_link(node, target);
  if (index == npos) return {};
  const config::Link& link = topology_.links[index];
  return {Move::Kind::onwards, link.a.node == node ? link.b.node : link.a.node, config::leaving(link, node).delay};
}

// Nobody on the way looks into a tunnel.
Passage::Move Passage::tunnel_to(std::size_t node, std::size_t target) const {
  if (node == target || !paths_.reachable(node, target)) return {};
  return {Move::Kind::onwards, target, paths_.delay(node, target)};
}

Passage::Move Passage::move_up(std::size_t node, const DataRoute& route) const {
  if (route.set && route.verb == RouteVerb::off) return {};
  if (node == mobile_) {
    if (!route.set || route.verb != RouteVerb::via) return {};
    const auto index = config::link_between(topology_, node, route.target);
    if (index == npos) return {};
    return {Move::Kind::onwards, route.target, config::leaving(topology_.links[index], node).delay};
  }
  if (node == correspondent_) return {Move::Kind::arrived, node, Delay{0}};
  if (route.set && route.verb == RouteVerb::through_tunnel) return tunnel_to(node, route.target);
  return hop_towards(node, correspondent_);
}

Passage::Move Passage::move_down(std::size_t node, const DataRoute& route) const {
  if (!route.set) {
    const auto home = topology_.nodes[mobile_].home;
    return home == npos || home == node ? Move{} : hop_towards(node, home);
  }
  switch (route.verb) {
    case RouteVerb::off:
      return {};
    case RouteVerb::through:
    case RouteVerb::through_tunnel:
      return {Move::Kind::arrived, mobile_, Delay{0}};
    case RouteVerb::tunnel:
      return tunnel_to(node, route.target);
    case RouteVerb::via:
      return hop_towards(node, route.target);
  }
  return {};
}

Passage::Move Passage::move(Direction direction, std::size_t node, const DataRoute& route) const {
  return direction == Direction::uplink ? move_up(node, route) : move_down(node, route);
}

bool Passage::arrives(Direction direction, Nanoseconds sent) const {
  std::size_t node = origin(direction);
  Nanoseconds time = sent;
  for (unsigned hops = 0; hops < hop_limit; ++hops) {
    const Move next = move(direction, node, timeline_.at(node, time));
    if (next.kind != Move::Kind::onwards) return next.kind == Move::Kind::arrived;
    node = next.node;
    time += next.delay;
  }
  return false;
}

// Follows a packet through every route its nodes ever have, and collects the send times at which it meets a change.
struct Passage::Search {
  const Passage& passage;
  Direction direction;
  std::set<Nanoseconds> breakpoints{};
  std::set<std::pair<std::size_t, Nanoseconds>> seen{};

  void visit(std::size_t node, Nanoseconds elapsed, unsigned hops) {
    if (hops == hop_limit || !seen.emplace(node, elapsed).second) return;
    const auto& changes = passage.timeline_.of(node);
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (i > 0) breakpoints.insert(changes[i].first - elapsed);
      const Move next = passage.move(direction, node, changes[i].second);
      if (next.kind == Move::Kind::onwards) visit(next.node, elapsed + next.delay, hops + 1);
    }
  }
};

std::set<Nanoseconds> Passage::breakpoints(Direction direction) const {
  Search search{*this, direction};
  search.visit(origin(direction), Nanoseconds{0}, 0);
  return std::move(search.breakpoints);
}

Nanoseconds Passage::lost(Direction direction) const {
  const auto points = breakpoints(direction);
  const auto before = points.empty() ? Nanoseconds{0} : *points.begin() - Nanoseconds{1};
  if (!arrives(direction, before)) return Nanoseconds::max();
  Nanoseconds sum{0};
  for (auto point = points.begin(); point != points.end(); ++point) {
    if (arrives(direction, *point)) continue;
    const auto next = std::next(point);
    if (next == points.end()) return Nanoseconds::max();
    sum += *next - *point;
  }
  return sum;
}

}  // namespace segue::mobility
