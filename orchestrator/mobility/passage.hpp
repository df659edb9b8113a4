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

  // A wait in a buffer.
  struct Stay {
    std::size_t node = config::npos;
    Nanoseconds since{0};                    // from when on packets waited there then
    Delay came{0};                           // after it was sent
    Holding holding{};                       // what the buffer was by then
    Nanoseconds until = Nanoseconds::max();  // when all of them go on; max(): they never do
  };

  // What became of a packet.
  struct Fate {
    bool arrived = false;
    std::size_t node = config::npos;  // where it ended
    Delay delay{0};                   // until then
    bool circles = false;             // it was led about until its hop limit was used up, or for ever
    std::vector<Stay> stays{};        // where it waited, in order
    bool overflowed = false;          // there was no room for it where it waited last, and it ended there
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
  // Whether a buffer there is for packets of that direction.
  bool buffers(Direction direction, const Place& place) const {
    return (direction == Direction::uplink) == (place.node == mobile_);
  }
  // `arrived`: at the node that holds it.
  bool overflows(Direction direction, Nanoseconds sent, Nanoseconds arrived, std::size_t node) const;
  // What becomes of it and of each copy: until it comes to `until`, if that is a node's number, or to its end. Without
  // limits every buffer has room.
  std::vector<Fate> follow(Direction direction, Nanoseconds sent, bool with_limits, std::size_t until) const;
  static Fate first_of(const std::vector<Fate>& fates);
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
