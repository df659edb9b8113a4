#include "orchestrator/mobility/attribution.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace segue::mobility {

namespace {

using config::npos;
using record::Cause;
using Kind = protocol::Sighting::Kind;
using Direction = Passage::Direction;

// Nodes turn the kernel's stamps into instants each for itself.
constexpr Nanoseconds of_one_instant{2'000};
// So far may a node's routes be from when its step was done: what the kernel takes for them, and what an agent takes to say
// so.
constexpr Nanoseconds near_a_change{200'000};

bool loses(const link::Impairments& terms) { return link::long_term_loss(terms) > 0; }
bool queues(const link::Impairments& terms) { return terms.rate.bits_per_second > 0; }
bool damages(const link::Impairments& terms) { return terms.corrupt.value > 0; }
bool may_drop(const link::Impairments& terms) { return loses(terms) || queues(terms) || damages(terms); }

// What the terms of a link allow: nothing if nothing, or more than one thing.
std::optional<Cause> cause_by(const link::Impairments& terms) {
  if (loses(terms) && !queues(terms)) return Cause::link_loss;
  if (queues(terms) && !loses(terms)) return Cause::queue_limit;
  if (damages(terms) && !loses(terms)) return Cause::corrupted;
  return std::nullopt;
}

}  // namespace

std::string to_text(const Site& site, const config::Topology& topology) {
  const auto& name = topology.nodes[site.node].name;
  if (site.link == npos) return name;
  return fmt::format("{}>{}", name, topology.nodes[across(topology.links[site.link], site.node)].name);
}

// Where a packet is from one sighting on.
struct Attribution::Stay {
  enum class Place : std::uint8_t {
    node,
    buffer,
    link,
    over
  } place = Place::node;  // over: it ended there, as was seen
  Seen seen;              // that began it
  bool began = false;     // it was sent there
  bool taken_up = false;
};

class Attribution::Matching {
 public:
  Matching(const Geography& geography, const Packet& packet, std::span<const Seen> seen) : geography_(geography) {
    Stay origin{.place = Stay::Place::node, .seen = {}, .began = true};
    origin.seen.when = packet.sent;
    origin.seen.node = packet.from;
    stays_.push_back(origin);
    std::vector<Seen> in_order(seen.begin(), seen.end());
    std::stable_sort(in_order.begin(), in_order.end(), [](const Seen& a, const Seen& b) { return a.when < b.when; });
    for (const Seen& one : in_order) stays_.push_back({.place = place_after(one.kind), .seen = one});
    for (std::size_t i = 1; i < stays_.size(); ++i) take_up(stays_[i].seen);
  }

  const std::vector<Stay>& stays() const { return stays_; }
  const std::optional<Site>& branch() const { return branch_; }

 private:
  static Stay::Place place_after(Kind kind) {
    switch (kind) {
      case Kind::came:
      case Kind::sent_on:
        return Stay::Place::node;
      case Kind::held:
        return Stay::Place::buffer;
      case Kind::left:
        return Stay::Place::link;
      default:
        return Stay::Place::over;
    }
  }

  // The latest stay that this sighting can have come out of.
  void take_up(const Seen& seen) {
    Stay* before = nullptr;
    const auto consider = [&](Stay::Place place, std::size_t node, std::size_t link) {
      for (Stay& stay : stays_) {
        if (stay.taken_up || stay.place != place || stay.seen.node != node || &stay.seen == &seen) continue;
        if (place == Stay::Place::link && stay.seen.link != link) continue;
        if (stay.seen.when > seen.when + of_one_instant) continue;
        if (before == nullptr || stay.seen.when >= before->seen.when) before = &stay;
      }
    };
    const bool from_a_link = seen.kind == Kind::came || seen.kind == Kind::strange;
    if (from_a_link) {
      if (seen.link == npos) return;
      consider(Stay::Place::link, across(geography_.topology.links[seen.link], seen.node), seen.link);
    } else {
      const bool from_a_buffer =
          seen.kind == Kind::sent_on || seen.kind == Kind::overflowed || seen.kind == Kind::discarded;
      if (from_a_buffer) consider(Stay::Place::buffer, seen.node, npos);
      if (before == nullptr) consider(Stay::Place::node, seen.node, npos);
    }
    if (before != nullptr) {
      before->taken_up = true;
    } else if (!branch_) {
      branch_ = Site{from_a_link ? across(geography_.topology.links[seen.link], seen.node) : seen.node,
                     from_a_link ? seen.link : npos};
    }
  }

  const Geography& geography_;
  std::vector<Stay> stays_;
  std::optional<Site> branch_;
};

Trace Attribution::trace(const Packet& packet, std::span<const Seen> seen) const {
  const Matching matching(geography_, packet, seen);
  Trace trace;
  trace.copied = matching.branch();
  std::size_t access_router = npos;
  for (const Stay& stay : matching.stays()) {
    const Seen& one = stay.seen;
    if (one.kind == Kind::held) trace.held = Site{one.node, npos};
    const bool led_here = one.kind == Kind::came && !stay.began && (one.tunnel_to == npos || one.tunnel_to == one.node);
    if (led_here && serves(geography_.topology, one.node, mobile_)) {
      if (access_router != npos && access_router != one.node && !trace.forwarded) {
        trace.forwarded = Site{access_router, npos};
      }
      access_router = one.node;
    }
    if (packet.arrived || stay.taken_up) continue;
    const Ending ending = end_of(packet, stay);
    if (!trace.last || ending.when >= trace.last->when) trace.last = ending;
  }
  return trace;
}

Ending Attribution::end_of(const Packet& packet, const Stay& stay) const {
  const Seen& seen = stay.seen;
  const Site here{seen.node, npos};
  const Site on_link{seen.node, seen.link};
  switch (seen.kind) {
    case Kind::lost:
      return {Cause::link_loss, on_link, seen.when};
    case Kind::refused:
      return {Cause::queue_limit, on_link, seen.when};
    case Kind::overflowed:
      return {Cause::buffer_overflow, here, seen.when};
    case Kind::discarded:
      return {Cause::buffer_discarded, here, seen.when};
    case Kind::held:
      return {Cause::buffer_kept, here, seen.when};
    case Kind::strange:  // who sent it knows that nobody hears it
      return {Cause::radio_off, {across(geography_.topology.links[seen.link], seen.node), npos}, seen.when};
    case Kind::left: {
      const auto told = witness_ ? witness_(on_link, seen.when) : std::nullopt;
      const auto by_terms = told ? told : cause_by(config::leaving(geography_.topology.links[seen.link], seen.node));
      return {by_terms.value_or(Cause::unknown), on_link, seen.when};
    }
    default:
      return end_at_node(packet, stay);
  }
}

// By what its node did then, or shortly before or after.
Ending Attribution::end_at_node(const Packet& packet, const Stay& stay) const {
  const Nanoseconds when = stay.seen.when;
  Site site{stay.seen.node, npos};
  if (const auto cause = cause_at(packet, stay, when, site)) return {*cause, site, when};
  for (const auto& one : passage_.timeline().of(stay.seen.node)) {
    const Nanoseconds change = one.when;
    if (change == Nanoseconds::min() || change < when - near_a_change || change > when + near_a_change) continue;
    for (const Nanoseconds moment : {change - Nanoseconds{1}, change}) {
      Site other{stay.seen.node, npos};
      const auto cause = cause_at(packet, stay, moment, other);
      if (cause && other.link == npos) return {*cause, other, when};
    }
  }
  return {Cause::unknown, site, when};
}

std::optional<Cause> Attribution::cause_at(const Packet& packet, const Stay& stay, Nanoseconds when, Site& site) const {
  const Seen& seen = stay.seen;
  const std::size_t node = seen.node;
  const bool on_its_own = stay.began || seen.kind == Kind::sent_on;
  const bool in_a_tunnel = !on_its_own && seen.tunnel_to != npos && seen.tunnel_to != node;
  const bool out_of_a_tunnel = !on_its_own && seen.tunnel_to == node;
  Passage::Onward next;
  if (in_a_tunnel) {
    next.link = geography_.ways.next_link(node, seen.tunnel_to);
    if (next.link == npos) return Cause::no_route;
  } else {
    const std::size_t over = on_its_own || out_of_a_tunnel ? npos : seen.link;
    next = passage_.onward(packet.direction, node, over, out_of_a_tunnel || seen.kind == Kind::sent_on, when);
    const auto& conduct = passage_.timeline().at(node, when);
    const bool buffers = (packet.direction == Direction::uplink) == (node == mobile_);
    if (!next.arrived && buffers && conduct.holds() && seen.kind != Kind::sent_on) return Cause::buffer_kept;
    if (!next.arrived && next.link == npos) return dropped_at(node, packet.direction, when);
  }
  if (next.arrived) return may_be_damaged() ? std::optional(Cause::corrupted) : std::nullopt;
  if (!on_its_own && (out_of_a_tunnel ? seen.inner_hops : seen.hop_limit) <= 1) return Cause::hop_limit;
  const link::Impairments& terms = config::leaving(geography_.topology.links[next.link], node);
  if (may_drop(terms)) site.link = next.link;
  return cause_by(terms);
}

Cause Attribution::dropped_at(std::size_t node, Direction direction, Nanoseconds when) const {
  if (node == mobile_) return Cause::radio_off;
  const Forwarding& forwarding = passage_.timeline().at(node, when).forwarding;
  const auto drops = [](const Way& way) { return way.treatment == Treatment::drop; };
  if (serves(geography_.topology, node, mobile_)) {
    const bool off = direction == Direction::uplink ? drops(forwarding.own) : drops(forwarding.led);
    return off ? Cause::radio_off : Cause::no_route;
  }
  return drops(forwarding.others) ? Cause::blackhole : Cause::no_route;
}

bool Attribution::may_be_damaged() const {
  const auto& links = geography_.topology.links;
  return std::any_of(links.begin(), links.end(), [](const config::Link& link) {
    return link.a_to_b.corrupt.value > 0 || link.b_to_a.corrupt.value > 0;
  });
}

}  // namespace segue::mobility
