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
// Of a packet and its copies.
constexpr std::size_t most_branches = 4096;
// The same where every change of every node is followed up: what circles for longer is not told to the nanosecond.
constexpr unsigned most_followed = 512;

}  // namespace

Passage::Move Passage::over_link(std::size_t node, std::size_t link) const {
  if (link == npos) return {};
  const config::Link& between = geography_.topology.links[link];
  return {Move::Kind::onwards, {across(between, node), link, false, false}, crossing(between, node, data_.bytes)};
}

// Whether a packet leaves its node, which takes off its hop limit what Linux does; `begins`: it was sent there, and is not
// forwarded. A router takes one off what it forwards plainly. At a tunnel's head nothing is taken off inside, the outer
// header begins with what is left there, or afresh if there is IPv4 inside, and the end of the tunnel does not take that
// over.
bool Passage::hops_allow(unsigned& left, const Move& move, bool begins) const {
  const unsigned outside = data_.family == Family::ipv4 ? hop_limit : left;
  if (move.tunnel > 0) return outside > move.tunnel - (begins ? 1 : 0);
  if (begins) return true;
  return --left > 0;
}

// Nobody on the way looks into a tunnel.
Passage::Move Passage::along(Direction direction, const Place& place, const Way& way) const {
  const auto& topology = geography_.topology;
  switch (way.treatment) {
    case Treatment::drop:
      return {};
    case Treatment::deliver:
      return over_link(place.node, config::link_between(topology, place.node, mobile_));
    case Treatment::pass:
      return over_link(place.node, geography_.ways.next_link(place.node, correspondent_, data_.family));
    case Treatment::onward:
      return over_link(place.node, way.link);
    case Treatment::tunnel:
      return through_tunnel(direction, place.node, way);
  }
  return {};
}

Passage::Move Passage::through_tunnel(Direction direction, std::size_t head, const Way& way) const {
  const auto& topology = geography_.topology;
  const bool down = direction == Direction::downlink;
  const Address segment =
      down ? segment_from(topology, head, way.target, mobile_) : uplink_segment(topology, way.target, mobile_);
  const auto legs = legs_of(topology, head, way, segment);
  const std::size_t bytes = data_.bytes + overhead(way.encapsulation, static_cast<unsigned>(legs.size()));
  const bool forwarded = down && forwards(topology, head, way.target, mobile_);
  Move result{Move::Kind::onwards, {way.target, npos, true, forwarded}};
  for (const Leg& leg : legs) {
    const auto nodes = geography_.ways.way(leg.from, leg.to, leg.segment);
    if (!nodes) return {};
    result.delay += *geography_.ways.delay(leg.from, leg.to, leg.segment, bytes);
    result.tunnel += static_cast<unsigned>(nodes->size() - 1);
  }
  return result;
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
  Journey journey{direction, sent, with_limits, until, {{.place = origin(direction), .hops_left = hop_limit}}};
  return follow(journey);
}

std::vector<Passage::Fate> Passage::follow(Journey& journey) const {
  std::vector<Fate> fates{travel(journey, journey.branches.front())};
  const Nanoseconds first_arrival = fates.front().arrived ? journey.sent + fates.front().delay : Nanoseconds::max();
  for (std::size_t i = 1; i < journey.branches.size() && i < most_branches; ++i) {
    if (first_arrival > journey.branches[i].forgotten) fates.push_back(travel(journey, journey.branches[i]));
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

// A packet that is led about. It is looked at after 1, 2, 4, … moves, so that a circle is found by the time it has been
// gone through twice (Brent); the laps until the next change are all the same, and made at once.
class Passage::Laps {
 public:
  explicit Laps(const Timeline& timeline) : timeline_(timeline) {}

  // Whether it is where it was, and no change will ever let it out; else `delay` is that of the last lap before one.
  bool for_ever(unsigned moves, const Journey& journey, const Branch& branch, Fate& fate) {
    const bool same = branch.place == place_ && branch.hops_left == hops_left_ && branch.way == nullptr &&
                      !branch.relayed && journey.branches.size() == branches_ && fate.stays.size() == stays_;
    if (same) return skip(journey.sent, fate);
    if ((moves & (moves - 1)) == 0) remember(journey, branch, fate);
    return false;
  }

 private:
  void remember(const Journey& journey, const Branch& branch, const Fate& fate) {
    place_ = branch.place;
    hops_left_ = branch.hops_left;
    branches_ = journey.branches.size();
    stays_ = fate.stays.size();
    delay_ = fate.delay;
  }

  bool skip(Nanoseconds sent, Fate& fate) {
    const auto change = timeline_.next_change(sent + delay_);
    const Delay lap = fate.delay - delay_;
    if (!change || lap == Delay{0}) return true;
    const Nanoseconds left = *change - (sent + fate.delay) - Nanoseconds{1};
    if (left >= lap) fate.delay += left / lap * lap;
    delay_ = fate.delay;
    return false;
  }

  const Timeline& timeline_;
  Place place_{};
  unsigned hops_left_ = 0;
  std::size_t branches_ = 0;
  std::size_t stays_ = 0;
  Delay delay_{0};
};

Passage::Fate Passage::travel(Journey& journey, Branch branch) const {
  Fate fate;
  Laps laps(timeline_);
  fate.delay = branch.elapsed;
  Place& place = branch.place;
  const auto ended = [&](bool arrived, bool circles) {
    fate.arrived = arrived;
    fate.circles = circles;
    fate.node = place.node;
    fate.came_forwarded = place.forwarded;
    return fate;
  };
  bool begins = true;
  for (unsigned moves = 0; moves < most_moves; ++moves) {
    if (laps.for_ever(moves, journey, branch, fate)) return ended(false, true);
    const Conduct* conduct = &timeline_.at(place.node, journey.sent + fate.delay);
    if (place.node == journey.until && !branch.relayed) return ended(true, false);
    if (!branch.relayed && buffers(journey.direction, place) && relays(*conduct, place.forwarded)) {
      // Into the device it is forwarded; out of it, it is sent.
      if (!std::exchange(begins, true) && --branch.hops_left == 0) return ended(false, true);
      conduct = through_relay(journey, branch, fate);
      if (conduct == nullptr) return ended(false, false);
    }
    const Move next =
        branch.way == nullptr ? move(journey.direction, place, *conduct) : along(journey.direction, place, *branch.way);
    branch.relayed = false;
    branch.way = nullptr;
    if (next.kind == Move::Kind::lost) return ended(false, false);
    if (next.kind == Move::Kind::arrived) return ended(true, false);
    if (!hops_allow(branch.hops_left, next, std::exchange(begins, false))) return ended(false, true);
    fate.delay += next.delay;
    place = next.to;
  }
  return ended(false, true);
}

const Conduct* Passage::through_relay(Journey& journey, Branch& branch, Fate& fate) const {
  const Nanoseconds came = journey.sent + fate.delay;
  const Conduct* conduct = &timeline_.at(branch.place.node, came);
  if (conduct->holding.of(branch.place.forwarded)) {
    conduct = wait(journey, branch.place, came, fate);
  } else if (conduct->window > Delay{0}) {
    keep_copy(journey, branch, came);
  } else {
    send_copy(journey, branch, came);
  }
  branch.place.tunnelled = true;  // what the relay sends on is looked up with what was led here
  return conduct;
}

const Conduct* Passage::wait(const Journey& journey, const Place& place, Nanoseconds came, Fate& fate) const {
  const auto end = timeline_.end_of_holding(place.node, came, place.forwarded);
  const Holding& holding = *timeline_.at(place.node, came).holding.of(place.forwarded);
  fate.stays.push_back({.node = place.node,
                        .since = timeline_.beginning_of_holding(place.node, came, place.forwarded).when,
                        .came = came - journey.sent,
                        .holding = holding,
                        .forwarded = place.forwarded && !holding.one_queue});
  fate.overflowed = journey.with_limits && overflows(journey.direction, journey.sent, came, place);
  if (!end || end->discards || fate.overflowed) return nullptr;
  fate.stays.back().until = end->when;
  fate.delay += end->when - came;
  return end->conduct;
}

// The window has one for as long as it is wide, for one replay, and unless the mobile is known to have the packet.
void Passage::keep_copy(Journey& journey, const Branch& branch, Nanoseconds came) const {
  const Delay window = timeline_.at(branch.place.node, came).window;
  Nanoseconds forgotten = Nanoseconds::min();
  for (const Timeline::Change& change : timeline_.of(branch.place.node)) {
    if (change.when <= came) continue;
    if (change.conduct.window != window || change.conduct.holds()) return;
    forgotten = std::max(forgotten, change.forgets.value_or(forgotten));
    if (!change.conduct.replays) continue;
    if (change.when - came > window) return;
    Branch copy = branch;
    copy.place.tunnelled = true;
    copy.elapsed = change.when - journey.sent;
    copy.forgotten = forgotten;
    copy.relayed = true;
    return journey.branches.push_back(std::move(copy));
  }
}

void Passage::send_copy(Journey& journey, Branch& branch, Nanoseconds came) const {
  const std::size_t node = branch.place.node;
  if (std::find(branch.copied_at.begin(), branch.copied_at.end(), node) != branch.copied_at.end()) {
    journey.again_at = node;
    return;
  }
  branch.copied_at.push_back(node);
  Branch copy = branch;
  copy.place.tunnelled = true;
  copy.elapsed = timeline_.copy_leaves(node, came) - journey.sent;
  copy.relayed = true;
  copy.way = &timeline_.at(node, came).bicast->way;
  journey.branches.push_back(std::move(copy));
}

// Counts those that are there before it, or come before the buffer is released: how many of the flow's packets that is
// does not depend on where in the flow it is, but for those near its ends.
bool Passage::overflows(Direction direction, Nanoseconds sent, Nanoseconds arrived, const Place& place) const {
  const Holding& holding = *timeline_.at(place.node, arrived).holding.of(place.forwarded);
  const Nanoseconds begin = timeline_.beginning_of_holding(place.node, arrived, place.forwarded).when;
  const auto end = timeline_.end_of_holding(place.node, arrived, place.forwarded);
  if (data_.interval <= Delay{0} || begin == Nanoseconds::min()) return false;
  // Of the packet that is sent at `other`, and its copies.
  const auto reaching = [&](Nanoseconds other, Nanoseconds from, Nanoseconds to) {
    std::uint32_t count = 0;
    for (const Fate& fate : follow(direction, other, false, place.node)) {
      const Nanoseconds came = other + fate.delay;
      const bool here = fate.arrived && fate.node == place.node && from <= came && came < to;
      count += here && (holding.one_queue || fate.came_forwarded == place.forwarded) ? 1 : 0;
    }
    return count;
  };
  constexpr Delay longest_ahead = std::chrono::seconds(10);  // that one packet is of another on the way to a buffer
  std::uint32_t others = 0;
  if (!holding.drop_oldest) {
    for (auto other = sent - data_.interval; other > begin - longest_ahead && others < holding.limit;
         other -= data_.interval) {
      others += reaching(other, begin, arrived);
    }
  } else {
    const Nanoseconds until = end ? end->when : Nanoseconds::max();
    for (auto other = sent + data_.interval; other < until && others < holding.limit; other += data_.interval) {
      others += reaching(other, arrived, until);
    }
  }
  return others >= holding.limit;
}

// Follows a packet through everything its nodes ever do, and collects the send times at which it meets a change.
struct Passage::Search {
  // Send times whose packets have gone one way so far: what they meet next depends on nothing else.
  struct Span {
    Nanoseconds from = Nanoseconds::min();
    Nanoseconds to = Nanoseconds::max();  // the first behind it
  };

  const Passage& passage;
  Direction direction;
  std::set<Nanoseconds> breakpoints{};

  void visit(const Place& place, Nanoseconds elapsed, unsigned hops, const Span& span) {
    if (hops == most_followed) return;
    const auto& changes = passage.timeline_.of(place.node);
    for (std::size_t i = 0; i < changes.size(); ++i) {
      Span met = span;
      if (i > 0) met.from = std::max(met.from, changes[i].when - elapsed);
      if (i + 1 < changes.size()) met.to = std::min(met.to, changes[i + 1].when - elapsed);
      // What happens at an instant alone counts for those at its edge, too.
      if (i > 0 && span.from <= changes[i].when - elapsed && changes[i].when - elapsed <= span.to) {
        breakpoints.insert(changes[i].when - elapsed);
      }
      const Conduct& conduct = changes[i].conduct;
      Place from = place;
      if (passage.buffers(direction, place)) {
        if (conduct.replays) breakpoints.insert(changes[i].when - conduct.window - elapsed);
        // All that wait at one time go on at one time: what becomes of them does not depend on when they came.
        if (conduct.holding.of(place.forwarded) || met.from >= met.to) continue;
        from.tunnelled = from.tunnelled || relays(conduct, place.forwarded);
        if (conduct.bicast) visit_copy(from, elapsed, hops, changes, i, met);
      }
      if (met.from >= met.to) continue;
      const Move next = passage.move(direction, from, conduct);
      if (next.kind == Move::Kind::onwards) visit(next.to, elapsed + next.delay, hops + 1, met);
    }
  }

  // The last ones leave at one time, too.
  void visit_copy(const Place& from, Nanoseconds elapsed, unsigned hops, const std::vector<Timeline::Change>& changes,
                  std::size_t made, const Span& span) {
    const Bicast& bicast = *changes[made].conduct.bicast;
    for (std::size_t i = made + 1; i < changes.size(); ++i) {
      if (!changes[i].conduct.flushes) continue;
      breakpoints.insert(changes[i].when - bicast.delay - elapsed);
      break;
    }
    const Move next = passage.along(direction, from, bicast.way);
    if (next.kind == Move::Kind::onwards) visit(next.to, elapsed + bicast.delay + next.delay, hops + 1, span);
  }
};

std::set<Nanoseconds> Passage::breakpoints(Direction direction) const {
  Search search{*this, direction};
  search.visit(origin(direction), Nanoseconds{0}, 0, {});
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

std::size_t Passage::multiplies_at() const {
  for (const auto point : breakpoints(Direction::downlink)) {
    Journey journey{
        Direction::downlink, point, false, npos, {{.place = origin(Direction::downlink), .hops_left = hop_limit}}};
    follow(journey);
    if (journey.again_at != npos) return journey.again_at;
  }
  return npos;
}

}  // namespace segue::mobility
