// Performs the runs of a campaign: in their order, several at a time, and each until there is a result that counts.
//
// Rounds: all repetitions that are known to be wanted; then, with a stop rule, those that it asks for besides. A run
// that fails is tried once more, later; a tainted one twice more, on the real clock (in virtual time it would be
// tainted again). Neither stops the others. Results go to the folder and are forgotten: what the runner holds does not
// grow with their size. Threading: from the main thread, as run_guests() and workers want it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "orchestrator/campaign/folder.hpp"
#include "orchestrator/campaign/plan.hpp"
#include "orchestrator/experiment/worker.hpp"

namespace segue::campaign {

// Performs some runs side by side: experiment::perform_runs() or guest::perform_runs(), or a test's own.
using Perform =
    std::function<void(const std::vector<experiment::RunSpec>& runs, const experiment::WorkerObserver& observer)>;

struct Status {
  std::size_t done = 0;     // with those that were there before
  std::size_t planned = 0;  // a stop rule may add more
  std::size_t failed = 0;
  Delay elapsed{0};
  std::optional<Delay> left;  // an estimate, once a run has ended
};

struct RunnerObserver {
  std::function<void(const RunKey& run, const experiment::RunOutcome& outcome, const Status& status)> ended;
  std::function<void(const Status& status)> round;  // before one begins
};

struct Finish {
  bool interrupted = false;
  std::vector<FailedRun> failed;
  std::size_t performed = 0;
  std::size_t done = 0;     // with those that were there before, and without those that failed
  std::size_t planned = 0;  // as far as was known at the end
  Delay wall{0};
};

// Throws Error when the folder cannot be written, and what `perform` throws.
Finish run_campaign(const Plan& plan, const CampaignFolder& folder, const Perform& perform,
                    const RunnerObserver& observer);

// Runs that are wanted before any result is known, in their order, without those that are finished.
std::vector<RunKey> first_round(const Plan& plan, const std::vector<RunKey>& finished);

}  // namespace segue::campaign
