#include "orchestrator/mobility/passage.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include "orchestrator/mobility/kernel_routes.hpp"

namespace segue::mobility {

namespace {

using config::npos;

constexpr unsigned hop_limit = 64;
// Of a packet that is led from tunnel to tunnel, whose hop limit does not end it.
constexpr unsigned most_moves = 4096;
// The same where every change of every node is followed up: what circles for longer is not told to the nanosecond.
constexpr unsigned most_followed = 64;

}  // namespace

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
      return over_link(place.node, config::link_between(topology, place.node, mobile_));
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
      const auto delay = geography_.ways.delay(place.node, way.target, segment, bytes_ + overhead(way.encapsulation));
      return {Move::Kind::onwards, {way.target, npos, true}, *delay, static_cast<unsigned>(nodes->size() - 1)};
    }
  }
  return {};
}

Passage::Move Passage::move_up(const Place& place, const Conduct& conduct) const {
  if (place.node == correspondent_) return {Move::Kind::arrived, place, Delay{0}};
  const auto& topology = geography_.topology;
  const bool off_access_link = place.over != npos && across(topology.links[place.over], place.node) == mobile_;
  const bool own = place.node == mobile_ || (off_access_link && serves(topology, place.node, mobile_));
  const Way& way = own ? conduct.forwarding.own : conduct.forwarding.others;
  if (place.node == mobile_ && conduct.left.contains(way.target)) return {};
  return along(Direction::uplink, place, way);
}

Passage::Move Passage::move_down(const Place& place, const Conduct& conduct) const {
  if (place.node == mobile_) {
    if (conduct.left.contains(across(geography_.topology.links[place.over], mobile_))) return {};
    return {Move::Kind::arrived, place, Delay{0}};
  }
  const std::size_t homewards = link_to_home(geography_, mobile_, place.node);
  const bool led = place.tunnelled || homewards == npos || place.over == homewards;
  return along(Direction::downlink, place, led ? conduct.forwarding.led : conduct.forwarding.passing);
}

Passage::Move Passage::move(Direction direction, const Place& place, const Conduct& conduct) const {
  return direction == Direction::uplink ? move_up(place, conduct) : move_down(place, conduct);
}

Passage::Onward Passage::onward(Direction direction, std::size_t node, std::size_t over, bool led,
                                Nanoseconds when) const {
  const Move next = move(direction, {node, over, led}, timeline_.at(node, when));
  if (next.kind != Move::Kind::onwards) return {next.kind == Move::Kind::arrived, npos};
  return {false, next.to.over != npos ? next.to.over : geography_.ways.next_link(node, next.to.node)};
}

Passage::Fate Passage::send(Direction direction, Nanoseconds sent) const {
  return first_of(follow(direction, sent, true, npos));
}

std::vector<Passage::Fate> Passage::follow(Direction direction, Nanoseconds sent, bool with_limits,
                                           std::size_t until) const {
  Journey journey{direction, sent, with_limits, until, {}};
  std::vector<Fate> fates{travel(journey, origin(direction), Delay{0}, false)};
  const Nanoseconds first_arrival = fates.front().arrived ? sent + fates.front().delay : Nanoseconds::max();
  for (const auto& [place, when, forgotten] : journey.copies) {
    if (first_arrival <= forgotten) continue;
    Journey of_copy{direction, sent, with_limits, until, {}};
    fates.push_back(travel(of_copy, place, when - sent, true));
  }
  return fates;
}

// What is said of a packet: of the one of its copies that arrives first, and of itself.
Passage::Fate Passage::first_of(const std::vector<Fate>& fates) {
  Fate fate = fates.front();
  for (const Fate& one : fates) {
    if (!one.arrived || (fate.arrived && fate.delay <= one.delay)) continue;
    fate.arrived = true;
    fate.delay = one.delay;
    fate.node = one.node;
  }
  return fate;
}

// From that place, where a relay may have just sent it on.
Passage::Fate Passage::travel(Journey& journey, Place place, Delay elapsed, bool relayed) const {
  Fate fate;
  fate.delay = elapsed;
  HopLimit limit;
  const auto ended = [&](bool arrived, bool circles) {
    fate.arrived = arrived;
    fate.circles = circles;
    fate.node = place.node;
    return fate;
  };
  bool begins = true;
  for (unsigned moves = 0; moves < most_moves; ++moves) {
    const Nanoseconds came = journey.sent + fate.delay;
    const Conduct* conduct = &timeline_.at(place.node, came);
    if (place.node == journey.until) return ended(true, false);
    if (!relayed && buffers(journey.direction, place) && (conduct->holding || conduct->window > Delay{0})) {
      if (conduct->holding) {
        conduct = wait(journey, place, came, fate);
        if (conduct == nullptr) return ended(false, false);
      } else {
        keep_copy(journey, place, came);
      }
      place.tunnelled = true;  // what the relay sends on is looked up with what was led here
      begins = true;
    }
    relayed = false;
    const Move next = move(journey.direction, place, *conduct);
    if (next.kind == Move::Kind::lost) return ended(false, false);
    if (next.kind == Move::Kind::arrived) return ended(true, false);
    if (!limit.allows(next, std::exchange(begins, false))) return ended(false, true);
    fate.delay += next.delay;
    place = next.to;
  }
  return ended(false, true);
}

// What its node does when it goes on; null: it never does.
const Conduct* Passage::wait(const Journey& journey, const Place& place, Nanoseconds came, Fate& fate) const {
  const Timeline::Change* const end = timeline_.end_of_holding(place.node, came);
  fate.stays.push_back({.node = place.node,
                        .since = timeline_.beginning_of_holding(place.node, came).when,
                        .came = came - journey.sent,
                        .holding = *timeline_.at(place.node, came).holding});
  fate.overflowed = journey.with_limits && overflows(journey.direction, journey.sent, came, place.node);
  if (end == nullptr || end->conduct.discards || fate.overflowed) return nullptr;
  fate.stays.back().until = end->when;
  fate.delay += end->when - came;
  return &end->conduct;
}

// The window has one for as long as it is wide, for one replay, and unless the mobile is known to have the packet.
void Passage::keep_copy(Journey& journey, Place place, Nanoseconds came) const {
  const Delay window = timeline_.at(place.node, came).window;
  Nanoseconds forgotten = Nanoseconds::min();
  for (const Timeline::Change& change : timeline_.of(place.node)) {
    if (change.when <= came) continue;
    if (change.conduct.window != window || change.conduct.holding) return;
    forgotten = std::max(forgotten, change.forgets.value_or(forgotten));
    if (!change.conduct.replays) continue;
    place.tunnelled = true;
    if (change.when - came <= window) journey.copies.push_back({place, change.when, forgotten});
    return;
  }
}

// Counts those that are there before it, or come before the buffer is released: how many of the flow's packets that is
// does not depend on where in the flow it is, but for those near its ends.
bool Passage::overflows(Direction direction, Nanoseconds sent, Nanoseconds arrived, std::size_t node) const {
  const Holding& holding = *timeline_.at(node, arrived).holding;
  const Nanoseconds begin = timeline_.beginning_of_holding(node, arrived).when;
  const Timeline::Change* const end = timeline_.end_of_holding(node, arrived);
  if (interval_ <= Delay{0} || begin == Nanoseconds::min()) return false;
  const auto reaches = [&](Nanoseconds other, Nanoseconds from, Nanoseconds to) {
    const Fate fate = first_of(follow(direction, other, false, node));
    const Nanoseconds came = other + fate.delay;
    return fate.arrived && fate.node == node && from <= came && came < to;
  };
  constexpr Delay longest_ahead = std::chrono::seconds(10);  // that one packet is of another on the way to a buffer
  std::uint32_t others = 0;
  if (!holding.drop_oldest) {
    for (auto other = sent - interval_; other > begin - longest_ahead && others < holding.limit; other -= interval_) {
      others += reaches(other, begin, arrived) ? 1 : 0;
    }
  } else {
    const Nanoseconds until = end == nullptr ? Nanoseconds::max() : end->when;
    for (auto other = sent + interval_; other < until && others < holding.limit; other += interval_) {
      others += reaches(other, arrived, until) ? 1 : 0;
    }
  }
  return others >= holding.limit;
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
      if (i > 0) breakpoints.insert(changes[i].when - elapsed);
      const Conduct& conduct = changes[i].conduct;
      Place from = place;
      if (passage.buffers(direction, place)) {
        // All that wait at one time go on at one time: what becomes of them does not depend on when they came.
        if (conduct.holding) continue;
        if (conduct.replays) breakpoints.insert(changes[i].when - conduct.window - elapsed);
        from.tunnelled = from.tunnelled || conduct.window > Delay{0};
      }
      const Move next = passage.move(direction, from, conduct);
      if (next.kind == Move::Kind::onwards) visit(next.to, elapsed + next.delay, hops + 1);
    }
  }
};

std::set<Nanoseconds> Passage::breakpoints(Direction direction) const {
  Search search{*this, direction};
  search.visit(origin(direction), Nanoseconds{0}, 0);
  return std::move(search.breakpoints);
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
