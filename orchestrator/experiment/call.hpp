// The voip probe between two nodes of a lab: both ends started at once, their records collected from the agents.
#pragma once

#include <vector>

#include "nodes/probe/records.hpp"
#include "nodes/probe/score.hpp"
#include "orchestrator/experiment/handover.hpp"
#include "orchestrator/experiment/probe_session.hpp"
#include "orchestrator/lab/lab.hpp"

namespace segue::experiment {

// One direction: what was sent at one end and received at the other.
struct CallRecords {
  std::vector<probe::Sent> sent;
  std::vector<probe::Received> received;
};

class Call {
 public:
  // Throws Error. The call goes on until stop().
  Call(lab::Lab& lab, const ProbeEnds& ends);

  struct Numbers {
    std::uint32_t uplink;
    std::uint32_t downlink;
  };
  const Numbers& numbers() const noexcept { return numbers_; }  // of its two flows, in what their packets carry
  Instant origin() const noexcept { return origin_; }           // of the first packet
  // From now on packets may be under way for as long.
  void allow(Delay longest_way) { ends_.longest_way = longest_way; }
  Delay settling_time() const { return voip_settling_time(ends_.longest_way); }
  // The packets a handover concerns: what was under way when it began may be lost by it, and so may what meets its end.
  // Where the mechanism goes on when it is complete, what it does to packets then belongs to it too.
  probe::Window window_of(const Account& account) const;
  probe::Window window_of(Instant begin, Instant end) const;

  // Appends what there is since the last time.
  void collect(CallRecords& uplink, CallRecords& downlink) { collect(uplink, downlink, false); }
  void stop(CallRecords& uplink, CallRecords& downlink) { collect(uplink, downlink, true); }

 private:
  void collect(CallRecords& uplink, CallRecords& downlink, bool stop_sending);
  void take(std::size_t node, bool stop_sending, std::vector<probe::Sent>& sent,
            std::vector<probe::Received>& received);

  lab::Lab& lab_;
  ProbeEnds ends_;
  Numbers numbers_;
  Instant origin_;
};

// Adds what is counted, and nothing that is a mean or a quantile.
template <typename Sum>
void add_counts(Sum& sum, const probe::FlowScore& more) {
  sum.sent += more.sent;
  sum.lost += more.lost;
  sum.duplicated += more.duplicated;
  sum.reordered += more.reordered;
  sum.late += more.late;
}

// A score as it is reported: of a handover, of a flow.
// `before`: what is known of it besides.
record::DirectionScore card_of(const probe::FlowScore& score, const record::DirectionScore& before);
record::FlowTotals totals_of(const probe::FlowScore& score);

}  // namespace segue::experiment
