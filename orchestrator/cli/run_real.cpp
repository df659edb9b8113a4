#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

#include "nodes/base/error.hpp"
#include "nodes/base/signals.hpp"
#include "nodes/probe/iperf.hpp"
#include "orchestrator/cli/kernel.hpp"
#include "orchestrator/cli/live_metrics.hpp"
#include "orchestrator/cli/run_task.hpp"

namespace segue::cli {

namespace {

void require(const RunOptions& options, const RunTask& task) {
  refuse_date(options.date);
  const auto& runs = task.runs;
  lab::require_lab(runs.front().links, task.topology);
  const bool iperf =
      std::any_of(runs.begin(), runs.end(), [](const auto& run) { return run.probe != experiment::Probe::voip; });
  if (iperf) probe::require_iperf();
}

bool has_come(const Fd& interrupt) {
  pollfd entry{interrupt.get(), POLLIN, 0};
  return ::poll(&entry, 1, 0) > 0;
}

Performance perform(const RunOptions& options, const RunTask& task) {
  const auto& runs = task.runs;
  const Fd interrupt = asked_to_end();
  LiveMetrics metrics(options.metrics, task.topology.name);
  task.progress.line(fmt::format("metrics at http://{}/metrics", metrics.address()));
  task.progress.begin(task.topology, runs, options.handovers);
  const Instant began = now();
  Performance done;
  // Labs share nothing, and the mechanisms of a probe side by side are what a comparison wants.
  const auto jobs = options.jobs == 0 ? static_cast<unsigned>(task.mechanisms.size()) : options.jobs;
  done.outcomes = experiment::perform_runs(
      runs, jobs,
      {.handover =
           [&](std::size_t index, const record::Scorecard& card) {
             metrics.handover(runs[index].mechanism, runs[index].probe == experiment::Probe::voip, card, unix_time());
             task.progress.handover(index, card);
           },
       .sample =
           [&](std::size_t index, const record::Sample& sample) {
             metrics.sample(index, runs[index].mechanism, sample);
             task.progress.sample(index, sample);
           },
       .started = [&](std::size_t index) { task.progress.started(index); },
       .ended = [&](std::size_t index, const experiment::RunOutcome& outcome) { task.progress.ended(index, outcome); },
       .interrupt_fd = interrupt.get()});
  task.progress.end();
  done.wall = now() - began;
  done.interrupted = has_come(interrupt);
  return done;
}

}  // namespace

const ClockWay real_clock{"real", require, perform};

}  // namespace segue::cli
