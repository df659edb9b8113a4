// What arrives of a stream of packets during a handover: how many, when and in which order, as a probe at its ends counts
// them (nodes/probe/score.hpp).
//
// Between two breakpoints of a passage all packets share a fate: what happens to them happens either as much later as
// they were sent later or, once they have waited in a buffer, at one instant. So the fates are found once, and a stream of
// any send times is looked up in them. What overflows is told packet by packet, since it depends on the others.
//
// Means are those over all moments at which the handover may begin between two packets. They are exact: what is counted
// changes at the breakpoints modulo the interval alone, and times are linear between them. Where there are more than
// `most_phases` of these, so many equal parts of the interval take their place, each by its middle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nodes/base/clock.hpp"
#include "orchestrator/mobility/passage.hpp"

namespace segue::mobility {

// Of one stream, or their mean. Packets, and times in nanoseconds.
struct StreamFigures {
  double lost = 0;
  double duplicated = 0;  // copies beyond the first
  double reordered = 0;   // RFC 4737, by the first copies
  double buffered = 0;    // that waited; one that waits twice counts twice
  double overflowed = 0;  // for which a buffer had no room
  double deepest = 0;     // most in one buffer at one time
  double longest_wait_ns = 0;
  double interruption_ns = 0;  // the longest gap between arrivals less the interval; infinity: it has no end
};

class PacketStream {
 public:
  using Direction = Passage::Direction;
  static constexpr std::size_t most_phases = 96;

  // The passage is not needed later.
  PacketStream(const Passage& passage, Direction direction);

  // The measure of all send times whose packet does not arrive, as far as buffers have room; max() if that has no
  // beginning or no end.
  Nanoseconds outage() const noexcept { return outage_; }
  // From this send time on all packets fare alike, from the start of the handover.
  Nanoseconds settled() const;
  // Of an outage without end: where packets end, and whether they do even before the handover.
  const Passage::Fate& for_ever() const noexcept { return for_ever_; }
  bool lost_from_the_start() const noexcept { return from_the_start_; }

  struct Arrival {
    bool arrived = false;
    Nanoseconds at{0};  // of the first copy
    unsigned copies = 0;
  };
  struct Outcome {
    StreamFigures figures;
    std::vector<Arrival> arrivals;  // by packet
  };
  // Of packets sent at these times from the start of the handover, in ascending order, `interval` apart.
  Outcome of(const std::vector<Nanoseconds>& sent, Delay interval) const;
  StreamFigures mean(Delay interval) const;

 private:
  // An instant of a stretch's first packet.
  struct Moment {
    Nanoseconds at;
    bool shifts;  // that of a later packet is as much later as it was sent later; otherwise it is the same

    Nanoseconds of(Nanoseconds later) const { return shifts ? at + later : at; }
  };
  struct Stay {
    std::size_t buffer;
    Moment came;
  };
  // What becomes of a packet, or of a copy of it.
  struct Course {
    std::vector<Stay> stays;
    bool arrives = false;
    Moment arrival{};
  };
  // Packets sent from `begin` until the next one begins.
  struct Stretch {
    Nanoseconds begin;
    std::vector<Course> courses;

    bool arrives() const;
  };
  // Packets that wait at one node from one instant on.
  struct Buffer {
    std::size_t node;
    Nanoseconds since;
    std::uint32_t limit;
    bool drop_oldest;
    Nanoseconds until;  // when they go on; max(): they never do
    bool forwarded;     // forwarded ones alone
  };
  class Queues;

  void add(const Passage& passage, Direction direction, Nanoseconds begin, Nanoseconds end);
  bool courses_of(const std::vector<Passage::Fate>& first, const std::vector<Passage::Fate>& last, Nanoseconds begin,
                  Nanoseconds end, std::vector<Course>& courses);
  bool course_of(const Passage::Fate& first, const Passage::Fate& last, Nanoseconds begin, Nanoseconds end,
                 Course& course);
  std::size_t buffer_of(const Passage::Stay& stay);
  std::vector<Nanoseconds> phases(Delay interval) const;
  StreamFigures at_phase(Nanoseconds phase, Delay interval) const;
  void integrate(Nanoseconds begin, Nanoseconds end, Delay interval, unsigned depth, StreamFigures& sum) const;

  std::vector<Stretch> stretches_;  // the first: since ever; the last: for ever
  std::vector<Buffer> buffers_;
  Delay longest_{0};  // that a packet is under way
  unsigned partings_ = 0;
  Nanoseconds outage_{0};
  Passage::Fate for_ever_{};
  bool from_the_start_ = false;
};

}  // namespace segue::mobility
