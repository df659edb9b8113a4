// Continuous operation of a lab that is up: a handover every so often, mechanisms in turn, all probes without end.
//
// When the mechanism changes, the lab is put into the state that the next one leaves after a handover. Packets under
// way then may be lost: the call counts them, as lost outside of handovers.
//
// Memory does not grow with time: what is settled is counted and forgotten. Everything runs in the lab's loop. What
// goes wrong with a probe or a handover is told and counted, and the lab stays up.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "nodes/probe/running_flow.hpp"
#include "orchestrator/experiment/call.hpp"
#include "orchestrator/experiment/flow.hpp"
#include "orchestrator/experiment/mover.hpp"
#include "orchestrator/experiment/whereabouts.hpp"
#include "orchestrator/experiment/witness.hpp"
#include "orchestrator/lab/load.hpp"
#include "orchestrator/record/result.hpp"

namespace segue::keeper {

struct WatchOptions {
  Delay every{5'000'000'000};           // from the begin of one handover to that of the next
  std::vector<std::string> mechanisms;  // in turn; empty: those that run by default
  std::uint64_t seed = 1;
  bool flows = true;  // iperf beside the call
};

struct LabObserver {
  std::function<void(const std::string& mechanism, const record::Scorecard&)> handover;
  std::function<void(const std::string& mechanism, const record::Sample&)> sample;
};

class Watch {
 public:
  // Throws InputError if the lab has nothing to hand over or `every` is too short for one of the mechanisms, Error if
  // a probe cannot be started.
  Watch(lab::Lab& lab, experiment::Mover& mover, WatchOptions options, LabObserver observer);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // One more, out of turn. Throws as Mover::prepare() does.
  record::Scorecard hand_over(const std::string& mechanism, const std::string& to);

  // Ends the handovers and the probes, and samples once more when the last packet has arrived or is lost.
  void finish();

  struct Recent {
    std::string probe;
    std::vector<std::uint64_t> bits_per_second;  // a bin each, oldest first, two minutes at most
  };
  std::vector<Recent> recent_throughput() const;

  const WatchOptions& options() const noexcept { return options_; }
  const std::string& trouble() const noexcept { return trouble_; }  // the last one; empty: none

 private:
  // What the probes counted while a mechanism was in use.
  struct Totals {
    record::FlowTotals uplink;
    record::FlowTotals downlink;
    std::uint64_t lost_by_handovers_up = 0;
    std::uint64_t lost_by_handovers_down = 0;
    std::map<std::string, record::ThroughputTotals> throughput;  // by probe
  };

  // A flow that is started anew when it ends.
  struct Endless {
    explicit Endless(bool is_udp) : udp(is_udp) {}
    bool udp;
    std::optional<experiment::Flow> flow;
    Instant last_bin;
    std::deque<std::uint64_t> recent;
  };

  void cancel_timers();
  void plan_handover(Instant when);
  void plan_sample(Instant when);
  void next_handover();
  void fail(const std::string& mechanism, const std::string& what);
  void take_sample();
  void collect();
  void count(Instant until);
  void forget(Delay older_than);
  void start(Endless& flow);
  void collect(Endless& flow);

  lab::Lab& lab_;
  experiment::Mover& mover_;
  WatchOptions options_;
  LabObserver observer_;
  std::vector<std::string> turns_;  // mechanisms
  experiment::ProbeEnds ends_;
  std::size_t turn_ = 0;
  experiment::Whereabouts whereabouts_;
  experiment::Call call_;
  experiment::Witness witness_;
  probe::RunningFlow uplink_;
  probe::RunningFlow downlink_;
  std::deque<Endless> flows_;
  lab::IdleMeter idle_;
  std::map<std::string, Totals> totals_;  // by mechanism
  std::mt19937_64 random_;
  std::uint32_t number_ = 0;
  std::optional<Loop::TimerId> handover_timer_;
  std::optional<Loop::TimerId> sample_timer_;
  std::string trouble_;
};

}  // namespace segue::keeper
