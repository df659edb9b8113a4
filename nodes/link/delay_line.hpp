// One direction of a link: decides the fate of each packet and holds it until it is due. Knows no kernel and no clock:
// whoever drives it says what time it is, so tests run it in a time of their own.
//
// What a packet passes, in this order: it is copied, lost, corrupted; it is under way for its delay, or not at all if
// it is reordered; then it waits for the transmitter, if there is a rate, or finds its queue full. So the queue limit
// counts what waits and nothing that is merely under way, and no packet gets past the rate. With a constant delay, when
// and whether it arrives is as if the transmitter came first.
#pragma once

#include <cstdint>
#include <optional>

#include "nodes/base/clock.hpp"
#include "nodes/link/due_queue.hpp"
#include "nodes/link/impairment.hpp"
#include "nodes/link/jitter.hpp"
#include "nodes/link/loss.hpp"
#include "nodes/link/loss_event.hpp"
#include "nodes/link/packet.hpp"
#include "nodes/link/random.hpp"
#include "nodes/link/ring.hpp"
#include "nodes/link/transmitter.hpp"

namespace segue::link {

// The most recent losses of all links.
class LossLog {
 public:
  static constexpr std::size_t kept = 4096;
  void add(const LossEvent& event) {
    if (events_.size() == kept) events_.pop();
    events_.push(event);
  }
  const Ring<LossEvent>& events() const noexcept { return events_; }

 private:
  Ring<LossEvent> events_;
};

class DelayLine {
 public:
  // `pool` and `log` outlive the line.
  DelayLine(PacketPool& pool, LossLog& log, std::uint32_t link, Direction direction, const Impairments& impairments);
  DelayLine(const DelayLine&) = delete;
  DelayLine& operator=(const DelayLine&) = delete;
  ~DelayLine();

  // Holds for packets pushed from now on, and the rate for all that come to the transmitter after `when`. The random
  // sequences go on where they were unless the seed differs.
  void change(const Impairments& impairments, Instant when = {});
  const Impairments& impairments() const noexcept { return asked_; }

  // Takes the packet over. `arrival` never goes back.
  void push(const Packet& packet, Instant arrival);
  // Counts a packet for which there was no memory to hold it; its slots stay the caller's.
  void overrun(const Packet& packet, Instant arrival);

  bool empty() const noexcept { return in_flight() == 0; }
  std::size_t in_flight() const noexcept { return under_way_.size() + waiting_.size(); }
  // Nothing comes out before.
  Instant next_due() const noexcept;
  // The next packet due by `now`. The caller takes it over, and says with delivered() or failed() how it went; both
  // give the packet back to the pool.
  std::optional<Due> pop(Instant now);
  void delivered(const Packet& packet) noexcept;
  void failed(const Packet& packet, Instant when) noexcept;

  const LinkCounters& counters() const noexcept { return counters_; }

 private:
  void admit(Packet packet, Instant arrival);
  void hand_over(Instant now);
  void refuse(const Packet& packet, Instant arrival, LossCause cause);
  void log(const Packet& packet, Instant when, LossCause cause);
  void reseed();

  PacketPool& pool_;
  LossLog& log_;
  std::uint32_t link_;
  Direction direction_;
  Impairments asked_;
  Chance duplicate_;
  Loss loss_;
  Chance corrupt_;
  Transmitter transmitter_;
  Chance reorder_;
  Jitter jitter_;
  DueQueue under_way_;  // until it comes to the transmitter
  Ring<Due> waiting_;   // until its last bit has left
  Instant latest_arrival_{};
  Instant latest_due_{};
  LinkCounters counters_;
};

}  // namespace segue::link
