// The way of data packets through a network whose forwarding for one mobile changes under them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nodes/base/clock.hpp"
#include "orchestrator/mobility/timeline.hpp"

namespace segue::mobility {

// The packets of the mobile's that are counted.
struct DataFlow {
  Delay interval{0};      // between two of them
  std::size_t bytes = 0;  // of each, as a frame outside of tunnels
  Family family = Family::ipv6;
};

class Passage {
 public:
  enum class Direction : std::uint8_t { uplink, downlink };

  // What `geography` speaks of must outlive it. The flow's interval counts as far as buffers are concerned that
  // overflow. Both families take the same ways, but for what passes on to the correspondent by the static routes.
  Passage(const Geography& geography, Timeline timeline, std::size_t mobile, std::size_t correspondent,
          const DataFlow& data)
      : geography_(geography),
        timeline_(std::move(timeline)),
        mobile_(mobile),
        correspondent_(correspondent),
        data_(data) {}

  // A wait in a buffer.
  struct Stay {
    std::size_t node = config::npos;
    Nanoseconds since{0};                    // from when on packets waited there then
    Delay came{0};                           // after it was sent
    Holding holding{};                       // what the buffer was by then
    Nanoseconds until = Nanoseconds::max();  // when all of them go on; max(): they never do
    bool forwarded = false;                  // in a queue of forwarded packets alone
  };

  // What became of a packet.
  struct Fate {
    bool arrived = false;
    std::size_t node = config::npos;  // where it ended
    Delay delay{0};                   // until then
    bool circles = false;             // it was led about until its hop limit was used up, or for ever
    std::vector<Stay> stays{};        // where it waited, in order
    bool overflowed = false;          // there was no room for it where it waited last, and it ended there
    bool came_forwarded = false;      // to where it ended
  };
  Fate send(Direction direction, Nanoseconds sent) const;
  // What would become of it, and of each copy, if every buffer had room.
  std::vector<Fate> unhindered(Direction direction, Nanoseconds sent) const {
    return follow(direction, sent, false, config::npos);
  }
  bool arrives(Direction direction, Nanoseconds sent) const { return send(direction, sent).arrived; }

  // The send times at which a packet meets a change: between two of them all share a fate.
  std::set<Nanoseconds> breakpoints(Direction direction) const;
  Delay longest(Direction direction) const;  // that a packet is on its way, of all that arrive
  // A node to which packets come back that it sends copies of, which would be copied again; npos: there is none.
  std::size_t multiplies_at() const;

  // Where a packet that is at a node goes from there, at that time. `over`: the link it came by; npos: it began there, or
  // has left a tunnel or a buffer. `arrived`: it is where it was to go; else, without a link, it ends there.
  struct Onward {
    bool arrived = false;
    std::size_t link = config::npos;
  };
  Onward onward(Direction direction, std::size_t node, std::size_t over, bool led, Nanoseconds when) const;
  const Timeline& timeline() const noexcept { return timeline_; }

 private:
  // A packet at a node, and how it came there.
  struct Place {
    std::size_t node = config::npos;
    std::size_t over = config::npos;  // the link; npos: it began here, or left a tunnel
    bool tunnelled = false;           // just out of one
    bool forwarded = false;           // one from another access router
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct Move {
    enum class Kind : std::uint8_t { lost, arrived, onwards } kind = Kind::lost;
    Place to{};
    Delay delay{0};
    unsigned tunnel = 0;  // links that it takes in a tunnel; 0: it goes plainly
  };
  struct Search;

  Place origin(Direction direction) const {
    return {direction == Direction::uplink ? mobile_ : correspondent_, config::npos, false, false};
  }
  Move move(Direction direction, const Place& place, const Conduct& conduct) const;
  Move move_up(const Place& place, const Conduct& conduct) const;
  Move move_down(const Place& place, const Conduct& conduct) const;
  std::size_t end_of(Direction direction) const { return direction == Direction::uplink ? correspondent_ : mobile_; }
  Move along(Direction direction, const Place& place, const Way& way) const;
  Move through_tunnel(Direction direction, std::size_t head, const Way& way) const;
  bool hops_allow(unsigned& left, const Move& move, bool begins) const;
  Move over_link(std::size_t node, std::size_t link) const;
  // Whether a buffer there is for packets of that direction.
  bool buffers(Direction direction, const Place& place) const {
    return (direction == Direction::uplink) == (place.node == mobile_);
  }
  static bool relays(const Conduct& conduct, bool forwarded) {
    return conduct.holding.of(forwarded) || conduct.window > Delay{0} || conduct.bicast;
  }
  // `arrived`: at the node that holds it.
  bool overflows(Direction direction, Nanoseconds sent, Nanoseconds arrived, const Place& place) const;
  // What becomes of it and of each copy: until it comes to `until`, if that is a node's number, or to its end. Without
  // limits every buffer has room.
  std::vector<Fate> follow(Direction direction, Nanoseconds sent, bool with_limits, std::size_t until) const;
  static Fate first_of(const std::vector<Fate>& fates);
  // The packet itself, from where it is sent, or a copy of it from where a relay sends that on.
  struct Branch {
    Place place;
    Delay elapsed{0};
    unsigned hops_left = 0;
    Nanoseconds forgotten = Nanoseconds::min();  // by then the mobile must not have received the packet
    const Way* way = nullptr;                    // that it takes from there; null: as the node has it
    bool relayed = false;                        // and what the node's relay does is behind it
    std::vector<std::size_t> copied_at{};
  };
  struct Journey {
    Direction direction;
    Nanoseconds sent;
    bool with_limits;
    std::size_t until;
    std::vector<Branch> branches;         // those that are still to be followed, too
    std::size_t again_at = config::npos;  // a node that would copy what it has copied already
  };
  std::vector<Fate> follow(Journey& journey) const;
  class Laps;
  Fate travel(Journey& journey, Branch branch) const;
  // What its node does when it goes on; null: it never does.
  const Conduct* through_relay(Journey& journey, Branch& branch, Fate& fate) const;
  const Conduct* wait(const Journey& journey, const Place& place, Nanoseconds came, Fate& fate) const;
  void keep_copy(Journey& journey, const Branch& branch, Nanoseconds came) const;
  void send_copy(Journey& journey, Branch& branch, Nanoseconds came) const;

  Geography geography_;
  Timeline timeline_;
  std::size_t mobile_;
  std::size_t correspondent_;
  DataFlow data_;
};

}  // namespace segue::mobility
