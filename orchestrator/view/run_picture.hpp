// The picture of runs under way, from what they tell. Threading: the caller's lock.
#pragma once

#include <cstddef>
#include <vector>

#include "nodes/base/clock.hpp"
#include "orchestrator/config/topology.hpp"
#include "orchestrator/experiment/worker.hpp"
#include "orchestrator/view/picture.hpp"

namespace segue::view {

class RunPicture {
 public:
  RunPicture(const config::Topology& topology, const std::vector<experiment::RunSpec>& runs, Instant began);

  // Guests do not tell that they start: a run is under way from the first thing it says.
  void started(std::size_t run);
  void handover(std::size_t run, const record::Scorecard& card, Instant when);
  void sample(std::size_t run, const record::Sample& sample);
  void ended(std::size_t run, const experiment::RunOutcome& outcome);

  Picture at(Instant when) const;

 private:
  Picture picture_;
  Instant began_;
  std::vector<Instant> handovers_at_;  // of the picture's handovers
};

}  // namespace segue::view
