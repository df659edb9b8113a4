// Watches the machine while handovers are made, and says of each whether it was left to itself.
#pragma once

#include "orchestrator/experiment/handover.hpp"
#include "orchestrator/lab/lab.hpp"
#include "orchestrator/lab/load.hpp"
#include "orchestrator/record/verdict.hpp"

namespace segue::experiment {

// Of what a handover's verdict is on: the packets that were under way when it began and those that meet its end.
struct Span {
  Instant begin;
  Instant end;
};

class Witness {
 public:
  // Has the link engine attend as long as this lives. `computed_time`: nothing is late where time waits for the work.
  Witness(lab::Lab& lab, bool computed_time);
  ~Witness();
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  // Before a handover: what is used of the cores counts from now on.
  void begin() { idle_ = lab::IdleMeter(); }

  // After it, once its last packet can have arrived. Fills in what the scorecard has of verdict and window.
  void judge(const Account& account, Instant origin, record::Scorecard& card);

 private:
  Span span_of(const Account& account) const;
  LateEvents late_timers();

  lab::Lab& lab_;
  bool computed_time_;
  lab::IdleMeter idle_;
};

}  // namespace segue::experiment
