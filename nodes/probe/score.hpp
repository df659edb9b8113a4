// What the user of a call noticed: losses, delays and the interruption, put down to the handovers they belong to.
//
// Pure functions over the records of one direction. A packet belongs to the window it was sent in; the first window
// in the list that contains its send time owns it, so nothing is counted twice. Windows in the order of time, both
// ends, are found in logarithmic time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "nodes/probe/records.hpp"

namespace segue::probe {

// Half open, in send time. Windows may overlap.
struct Window {
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;

  bool contains(std::int64_t ns) const noexcept { return begin_ns <= ns && ns < end_ns; }
};

struct ScoreOptions {
  std::int64_t interval_ns = 20'000'000;
  // Depth of the playout buffer: a packet this much above the least one-way delay of those that came shortly before it
  // comes too late to be played. 60 ms is three packets of a de-jitter buffer; with 20 ms of packetisation and the
  // paper's 110 ms of network the mouth-to-ear delay stays near 190 ms, still below where G.114 and G.107 (Idd) turn
  // steep. More depth would save late packets at the price of delay, less would call ordinary jitter a loss.
  std::int64_t playout_ns = 60'000'000;
  // How long ago "shortly" is: a receiver follows the delay of a new path within so much, and what it misses until then
  // is late.
  std::int64_t adaptation_ns = 1'000'000'000;
};

struct FlowScore {
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;        // never arrived
  std::uint64_t duplicated = 0;  // copies beyond the first
  std::uint64_t reordered = 0;   // RFC 4737 Type-P-Reordered: its number is below one that arrived before
  std::uint64_t late = 0;        // arrived after its playout time

  // One-way delay of the first copies, 0 if none arrived. Quantiles by nearest rank.
  std::int64_t delay_min_ns = 0;
  std::int64_t delay_mean_ns = 0;
  std::int64_t delay_p50_ns = 0;
  std::int64_t delay_p99_ns = 0;
  std::int64_t delay_max_ns = 0;
  std::int64_t jitter_ns = 0;  // RFC 3550 6.4.1, after the last packet

  // The longest gap between successive arrivals less the interval, at least 0. A gap during which packets were lost
  // counts for every window that owns one of these; a gap without loss counts for the window of the packet that ended
  // it. Packets lost at either end of the flow make a gap with the instant the flow's edge would have arrived.
  std::int64_t interruption_ns = 0;

  // G.107's BurstR: the mean length of the runs of packets missed (lost or late) over the length it would have if they
  // were missed independently. At least 1.
  double burst_ratio = 1.0;

  // What the listener missed, lost or late, over what was sent; 0 if nothing was.
  double miss_ratio() const noexcept {
    return sent == 0 ? 0.0 : static_cast<double>(lost + late) / static_cast<double>(sent);
  }
};

// Of one packet.
struct PacketScore {
  std::optional<std::size_t> window;  // its owner; nothing: it is in none
  bool arrived = false;
  bool late = false;
  bool reordered = false;
};

struct Attribution {
  std::vector<FlowScore> windows;    // one each, in the order given
  FlowScore outside;                 // of packets in no window
  std::vector<PacketScore> packets;  // as in `sent`
};

// `sent` in ascending order of sequence, `received` in order of arrival. A packet received that is not in `sent` is
// left out.
Attribution attribute(std::span<const Sent> sent, std::span<const Received> received, std::span<const Window> windows,
                      const ScoreOptions& options = {});

FlowScore score(std::span<const Sent> sent, std::span<const Received> received, const Window& window,
                const ScoreOptions& options = {});

// The whole flow.
FlowScore score(std::span<const Sent> sent, std::span<const Received> received, const ScoreOptions& options = {});

}  // namespace segue::probe
