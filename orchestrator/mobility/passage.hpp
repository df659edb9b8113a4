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

class Passage {
 public:
  enum class Direction : std::uint8_t { uplink, downlink };

  // What `geography` speaks of must outlive it. `bytes`: of each packet as a frame outside of tunnels.
  // One packet every `interval`, as far as buffers are concerned that overflow.
  Passage(const Geography& geography, Timeline timeline, std::size_t mobile, std::size_t correspondent,
          std::size_t bytes, Delay interval)
      : geography_(geography),
        timeline_(std::move(timeline)),
        mobile_(mobile),
        correspondent_(correspondent),
        bytes_(bytes),
        interval_(interval) {}

  // What became of a packet.
  struct Fate {
    bool arrived = false;
    std::size_t node = config::npos;     // where it ended
    Delay delay{0};                      // until then
    bool circles = false;                // it was led about until its hop limit was used up, or for ever
    std::size_t held_at = config::npos;  // where it waited last
    Nanoseconds held_since{0};           // from when on packets waited there then
    Delay waited{0};                     // there
    bool overflowed = false;             // there was no room for it, and it ended there
    unsigned arrivals = 0;               // of it and its copies; `delay` is the first one's
  };
  Fate send(Direction direction, Nanoseconds sent) const;
  bool arrives(Direction direction, Nanoseconds sent) const { return send(direction, sent).arrived; }

  struct Loss {
    // The measure of all send times whose packet does not arrive; max() if that has no beginning or no end.
    Nanoseconds outage{0};
    // The last of them: where packets end, if that goes on for ever.
    Fate for_ever{};
    bool from_the_start = false;  // packets do not even arrive before the handover: `for_ever` is one of these
    double held = 0;              // packets that wait somewhere
    double overflowed = 0;        // packets for which there is no room, a part of the lost ones
    double duplicated = 0;        // packets that arrive again
  };
  Loss lost(Direction direction) const;
  Delay longest(Direction direction) const;  // that a packet is on its way, of all that arrive

 private:
  // A packet at a node, and how it came there.
  struct Place {
    std::size_t node = config::npos;
    std::size_t over = config::npos;  // the link; npos: it began here, or left a tunnel
    bool tunnelled = false;           // just out of one
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct Move {
    enum class Kind : std::uint8_t { lost, arrived, onwards } kind = Kind::lost;
    Place to{};
    Delay delay{0};
    unsigned tunnel = 0;  // links that it takes in a tunnel; 0: it goes plainly
  };
  class HopLimit;
  struct Search;

  Place origin(Direction direction) const {
    return {direction == Direction::uplink ? mobile_ : correspondent_, config::npos, false};
  }
  Move move(Direction direction, const Place& place, const Conduct& conduct) const;
  Move move_up(const Place& place, const Conduct& conduct) const;
  Move move_down(const Place& place, const Conduct& conduct) const;
  std::size_t end_of(Direction direction) const { return direction == Direction::uplink ? correspondent_ : mobile_; }
  Move along(Direction direction, const Place& place, const Way& way) const;
  Move over_link(std::size_t node, std::size_t link) const;
  std::set<Nanoseconds> breakpoints(Direction direction) const;
  // Whether a buffer there is for packets of that direction.
  bool buffers(Direction direction, const Place& place) const {
    return (direction == Direction::uplink) == (place.node == mobile_);
  }
  // `arrived`: at the node that holds it.
  bool overflows(Direction direction, Nanoseconds sent, Nanoseconds arrived, std::size_t node) const;
  Fate follow(Direction direction, Nanoseconds sent, bool with_limits, std::size_t until) const;
  struct Journey {
    Direction direction;
    Nanoseconds sent;
    bool with_limits;
    std::size_t until;
    struct Copy {
      Place place;
      Nanoseconds when;
      Nanoseconds forgotten;  // by then the mobile must not have received the packet itself
    };
    std::vector<Copy> copies;
  };
  Fate travel(Journey& journey, Place place, Delay elapsed, bool relayed) const;
  const Conduct* wait(const Journey& journey, const Place& place, Nanoseconds came, Fate& fate) const;
  void keep_copy(Journey& journey, Place place, Nanoseconds came) const;

  Geography geography_;
  Timeline timeline_;
  std::size_t mobile_;
  std::size_t correspondent_;
  std::size_t bytes_;
  Delay interval_;
};

}  // namespace segue::mobility
