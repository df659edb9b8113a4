// Runs in processes of their own, several side by side: labs share nothing, so neither need their runs.
//
// A worker is this very program, started as `segue worker --control FD`. It is told its run, says how it goes, and ends
// with its result. It dies with its parent, and its lab with it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/experiment/run.hpp"

namespace segue::experiment {

struct RunOutcome {
  record::RunResult result;
  std::string error;  // empty: there is a result
  int exit_code = 0;
};

struct WorkerObserver {
  std::function<void(std::size_t run, const record::Scorecard&)> handover;
  std::function<void(std::size_t run, const record::Sample&)> sample;
  std::function<void(std::size_t run)> started;
  std::function<void(std::size_t run, const RunOutcome&)> ended;
  int interrupt_fd = -1;     // once it can be read: no new run, and those under way end early and keep what they have
  bool keep_results = true;  // false: ended() has seen them; the outcomes returned are without their results
  Delay wall_limit{0};       // for each run, in processes; 0: none
};

// Performs all runs, at most `jobs` at a time, begun in their order. The outcomes are in that order too; a run that was
// not begun because of an interrupt has the error "interrupted". Throws Error when a worker cannot be started.
std::vector<RunOutcome> perform_runs(const std::vector<RunSpec>& runs, unsigned jobs, const WorkerObserver& observer);

// The worker's side: serves one run on `control`. Returns its exit code.
int serve_run(Fd control);

}  // namespace segue::experiment
