// Runs in guests: each in a guest of its own, several side by side, as experiment::perform_runs() has them in
// processes.
//
// A guest performs the ordinary run of a lab, tells of each handover on its console, and leaves its result in its
// output folder. Results, order and observers are those of experiment::perform_runs(), so its caller need not care
// which of the two it calls; see boot.hpp for what a guest is, how it is stopped, and what is thrown.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "orchestrator/experiment/worker.hpp"
#include "orchestrator/guest/boot.hpp"
#include "orchestrator/guest/date.hpp"

namespace segue::guest {

struct RunGuests {
  std::filesystem::path kernel;     // see kernel_path()
  std::string memory = "256M";      // of each guest
  std::string date = default_date;  // what their clocks show when a run begins; see date.hpp
  Delay wall_limit = std::chrono::minutes(30);
  std::function<void()> on_interrupt;  // at the end, if SIGINT or SIGTERM came
};

// The init of the guests is this very program, whose main() calls guest_main(serve_run). `interrupt_fd` of the observer
// is not looked at: run_guests() takes the signals over. A run whose guest did not get to its end has an error that
// says what became of the guest, with the end of its console.
std::vector<experiment::RunOutcome> perform_runs(const std::vector<experiment::RunSpec>& runs, unsigned jobs,
                                                 const RunGuests& settings, const experiment::WorkerObserver& observer);

// The guest's side. Returns the exit code; throws Error.
int serve_run(const std::vector<std::string>& arguments);

}  // namespace segue::guest
