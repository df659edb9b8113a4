// What a node does with the packets of one mobile node: the one meaning of a mechanism's route words.
//
// The words act on the mobile's data address D. An access router tells packets for D that were led to it, out of a
// tunnel's end or from the side of D's home, from others that only pass it on their way to that home; and packets from
// D that come off its access link from others that pass.
//
//   word             at the mobile         at an access router of it                          at any other node
//   off              D's go to nobody      the radio: led ones and those off it are dropped,  D's are dropped, both
//   ways
//                                          others pass
//   through          -                     led ones are delivered, those off it pass          -
//   through tunnel N -                     the same, but those off it go in a tunnel to N     -
//   via N            D's go over N         D goes to N, plainly; those off it pass            D goes to N, plainly: over
//                                                                                             the link with it or, if
//                                                                                             there is none, as routed
//   tunnel N         -                     D goes in a tunnel to N; those off it pass         D goes in a tunnel to N
//   none             -                     as off                                             D goes home, and ends
//                                                                                             there
//   (nothing)        dropped               as off                                             likewise
//
// What comes out of a tunnel is looked up like what was led there: a tunnel's end has no state of its own, but that an
// anchor that is off ends none.
//
// The radio is a matter of its own: what the mobile sends to an access router that it has left goes to nobody, and what
// that one delivers is not heard. kernel_routes.hpp makes routes of this, and passage.hpp sends packets through it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/mobility/binding.hpp"
#include "orchestrator/mobility/ways.hpp"

namespace segue::mobility {

// Where routes and tunnels of a lab lead; both must outlive it.
struct Geography {
  const config::Topology& topology;
  const Ways& ways;
  std::size_t home = config::npos;  // of the mechanism's mobile, where it is not the topology's (expand.hpp)
};

// The node that packets for the mobile are led to while no mechanism leads them anywhere; npos: none.
std::size_t home_of(const Geography& geography, std::size_t mobile);

enum class Treatment : std::uint8_t {
  drop,
  deliver,  // over the access link
  pass,     // as any packet: by the static routes
  onward,   // to its neighbour `target`, over that link
  tunnel,   // to `target`
};

struct Way {
  Treatment treatment = Treatment::drop;
  std::size_t target = config::npos;
  config::Encapsulation encapsulation = config::Encapsulation::srv6;  // of a tunnel
  std::size_t link = config::npos;                                    // of `onward`
  std::size_t over = config::npos;                                    // a tunnel is led over that node
  friend bool operator==(const Way&, const Way&) = default;
};

struct Forwarding {
  Way led;      // packets for D that were led here
  Way passing;  // other packets for D; the same but at an access router
  Way own;      // packets from D: at the mobile what it sends, at an access router what comes off the access link
  Way others;   // packets from D that come otherwise, out of a tunnel too; never used at the mobile
  friend bool operator==(const Forwarding&, const Forwarding&) = default;
};

// Packets for D wait at a node; at the mobile, those from D.
struct Holding {
  std::uint32_t limit = 0;  // packets
  bool drop_oldest = false;
  bool one_queue = true;  // of the forwarded and the direct ones together
  friend bool operator==(const Holding&, const Holding&) = default;
};

// What there is once for packets that came out of a tunnel from another access router, and once for all others. Where
// they are not told apart all are direct.
template <typename Value>
struct ByFlow {
  Value direct{};
  Value forwarded{};
  const Value& of(bool was_forwarded) const { return was_forwarded ? forwarded : direct; }
  friend bool operator==(const ByFlow&, const ByFlow&) = default;
};

// Copies of packets for D take this way, so much later.
struct Bicast {
  Way way;
  Delay delay{0};
  friend bool operator==(const Bicast&, const Bicast&) = default;
};

// What a node does, all told.
struct Conduct {
  Forwarding forwarding;
  std::set<std::size_t> left{};        // at the mobile: the access routers that its radio has left
  std::set<std::size_t> no_carrier{};  // and those to which its interface is dormant
  ByFlow<std::optional<Holding>> holding{};
  Delay window{0};  // copies of what passes are kept for so long; 0: there are none
  std::optional<Bicast> bicast{};
  ByFlow<bool> discards{};  // what was held until now
  bool replays = false;     // what the window has
  bool flushes = false;     // the copies that are still to go

  bool holds() const { return holding.direct || holding.forwarded; }
  // But for what happens at an instant.
  friend bool operator==(const Conduct& a, const Conduct& b) {
    return a.forwarding == b.forwarding && a.left == b.left && a.no_carrier == b.no_carrier && a.holding == b.holding &&
           a.window == b.window && a.bicast == b.bicast;
  }
};

// A word with its target's node.
struct BoundAction {
  config::RouteVerb verb = config::RouteVerb::off;
  std::size_t target = config::npos;
  config::Encapsulation encapsulation = config::Encapsulation::srv6;
  std::size_t over = config::npos;
};
BoundAction bind(const config::Topology& topology, const Binding& binding, const config::RouteAction& action);

bool serves(const config::Topology& topology, std::size_t node, std::size_t mobile);  // as its access router
// Whether what comes out of a tunnel from `head` is forwarded: both serve the mobile.
bool forwards(const config::Topology& topology, std::size_t head, std::size_t tail, std::size_t mobile);

// What `node` does with the packets of `mobile` after `action`; without one, while no mechanism has spoken. Throws
// InputError for an action the node cannot do.
Forwarding forwarding_of(const Geography& geography, std::size_t mobile, std::size_t node,
                         const std::optional<BoundAction>& action);

// The way of what is told to take one of its own: copies.
Way way_of_copies(const Geography& geography, const Binding& binding, std::size_t node,
                  const config::RouteAction& action);

// `conduct` of `node` as it is after `action`, which may throw InputError like forwarding_of.
Conduct after_action(const Geography& geography, const Binding& binding, std::size_t node, const Conduct& conduct,
                     const config::Action& action);

// The link over which an access router hears from the side of the mobile's home; npos: everything is led there.
std::size_t link_to_home(const Geography& geography, std::size_t mobile, std::size_t node);

// "drops them", "delivers them", "leads them to ar2", …
std::string to_text(const Way& way, const config::Topology& topology);

}  // namespace segue::mobility
