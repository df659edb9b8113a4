#include "orchestrator/mobility/passage.hpp"

#include <algorithm>

#include "orchestrator/mobility/kernel_routes.hpp"

namespace segue::mobility {

namespace {

using config::npos;

constexpr unsigned hop_limit = 64;
// Of a packet that is led from tunnel to tunnel, whose hop limit does not end it.
constexpr unsigned most_moves = 4096;
// The same where every change of every node is followed up: what circles for longer is not told to the nanosecond.
constexpr unsigned most_followed = 64;

bool later(Nanoseconds time, const Timeline::Change& change) { return time < change.first; }

}  // namespace

Timeline::Timeline(const Geography& geography, std::size_t mobile) {
  for (std::size_t node = 0; node < geography.topology.nodes.size(); ++node) {
    changes_.push_back({Change{Nanoseconds::min(), forwarding_of(geography, mobile, node, std::nullopt)}});
  }
}

void Timeline::add(Nanoseconds when, std::size_t node, const Forwarding& forwarding) {
  auto& changes = changes_[node];
  changes.insert(std::upper_bound(changes.begin(), changes.end(), when, later), {when, forwarding});
}

const Forwarding& Timeline::at(std::size_t node, Nanoseconds when) const {
  const auto& changes = changes_[node];
  return std::prev(std::upper_bound(changes.begin() + 1, changes.end(), when, later))->second;
}

Passage::Move Passage::over_link(std::size_t node, std::size_t link) const {
  if (link == npos) return {};
  const config::Link& between = geography_.topology.links[link];
  return {Move::Kind::onwards, {across(between, node), link, false}, crossing(between, node, bytes_)};
}

// As Linux counts: a router takes one off what it forwards plainly. At a tunnel's head nothing is taken off inside, the
// outer header begins with what is left there, and the end of the tunnel does not take that over.
class Passage::HopLimit {
 public:
  // Whether the packet leaves the node; `begins`: it was sent there, and is not forwarded.
  bool allows(const Move& move, bool begins) {
    if (move.tunnel > 0) return left_ > move.tunnel - (begins ? 1 : 0);
    if (begins) return true;
    return --left_ > 0;
  }

 private:
  unsigned left_ = hop_limit;
};

// Nobody on the way looks into a tunnel.
Passage::Move Passage::along(Direction direction, const Place& place, const Way& way) const {
  const auto& topology = geography_.topology;
  switch (way.treatment) {
    case Treatment::drop:
      return {};
    case Treatment::deliver:
      return {Move::Kind::arrived, place,
              crossing(*hop_between(topology, place.node, mobile_).link, place.node, bytes_)};
    case Treatment::pass:
      return over_link(place.node, geography_.ways.next_link(place.node, correspondent_));
    case Treatment::onward:
      if (place.node == mobile_) return over_link(mobile_, config::link_between(topology, mobile_, way.target));
      return over_link(place.node, geography_.ways.next_link(place.node, way.target));
    case Treatment::tunnel: {
      const Address segment = direction == Direction::uplink ? uplink_segment(topology, way.target, mobile_)
                                                             : downlink_segment(topology, way.target, mobile_);
      const auto nodes = geography_.ways.way(place.node, way.target, segment);
      if (!nodes) return {};
      const auto delay = geography_.ways.delay(place.node, way.target, segment, bytes_ + tunnel_overhead);
      return {Move::Kind::onwards, {way.target, npos, true}, *delay, static_cast<unsigned>(nodes->size() - 1)};
    }
  }
  return {};
}

Passage::Move Passage::move_up(const Place& place, const Forwarding& forwarding) const {
  if (place.node == correspondent_) return {Move::Kind::arrived, place, Delay{0}};
  const auto& topology = geography_.topology;
  const bool off_access_link = place.over != npos && across(topology.links[place.over], place.node) == mobile_;
  const bool own = place.node == mobile_ || (off_access_link && serves(topology, place.node, mobile_));
  return along(Direction::uplink, place, own ? forwarding.own : forwarding.others);
}

Passage::Move Passage::move_down(const Place& place, const Forwarding& forwarding) const {
  const std::size_t homewards = link_to_home(geography_, mobile_, place.node);
  const bool led = place.tunnelled || homewards == npos || place.over == homewards;
  return along(Direction::downlink, place, led ? forwarding.led : forwarding.passing);
}

Passage::Move Passage::move(Direction direction, const Place& place, const Forwarding& forwarding) const {
  return direction == Direction::uplink ? move_up(place, forwarding) : move_down(place, forwarding);
}

Passage::Fate Passage::send(Direction direction, Nanoseconds sent) const {
  Place place = origin(direction);
  Delay elapsed{0};
  HopLimit limit;
  for (unsigned moves = 0; moves < most_moves; ++moves) {
    const Move next = move(direction, place, timeline_.at(place.node, sent + elapsed));
    if (next.kind == Move::Kind::lost) return {false, place.node, elapsed, false};
    const bool ends_here = next.kind == Move::Kind::arrived && next.to.node == correspondent_;
    if (!ends_here && !limit.allows(next, moves == 0)) return {false, place.node, elapsed, true};
    elapsed += next.delay;
    if (next.kind == Move::Kind::arrived) return {true, next.to.node, elapsed, false};
    place = next.to;
  }
  return {false, place.node, elapsed, true};
}

// Follows a packet through everything its nodes ever do, and collects the send times at which it meets a change.
struct Passage::Search {
  const Passage& passage;
  Direction direction;
  std::set<Nanoseconds> breakpoints{};
  std::set<std::pair<Place, Nanoseconds>> seen{};

  void visit(const Place& place, Nanoseconds elapsed, unsigned hops) {
    if (hops == most_followed || !seen.emplace(place, elapsed).second) return;
    const auto& changes = passage.timeline_.of(place.node);
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (i > 0) breakpoints.insert(changes[i].first - elapsed);
      const Move next = passage.move(direction, place, changes[i].second);
      if (next.kind == Move::Kind::onwards) visit(next.to, elapsed + next.delay, hops + 1);
    }
  }
};

std::set<Nanoseconds> Passage::breakpoints(Direction direction) const {
  Search search{*this, direction};
  search.visit(origin(direction), Nanoseconds{0}, 0);
  return std::move(search.breakpoints);
}

Passage::Loss Passage::lost(Direction direction) const {
  const auto points = breakpoints(direction);
  const auto before = points.empty() ? Nanoseconds{0} : *points.begin() - Nanoseconds{1};
  if (const Fate fate = send(direction, before); !fate.arrived) return {Nanoseconds::max(), fate, true};
  Loss loss;
  for (auto point = points.begin(); point != points.end(); ++point) {
    const Fate fate = send(direction, *point);
    if (fate.arrived) continue;
    const auto next = std::next(point);
    if (next == points.end()) return {Nanoseconds::max(), fate, false};
    loss.outage += *next - *point;
  }
  return loss;
}

Delay Passage::longest(Direction direction) const {
  auto points = breakpoints(direction);
  points.insert(points.empty() ? Nanoseconds{0} : *points.begin() - Nanoseconds{1});
  Delay longest{0};
  for (const auto point : points) {
    if (const Fate fate = send(direction, point); fate.arrived) longest = std::max(longest, fate.delay);
  }
  return longest;
}

}  // namespace segue::mobility
