#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "nodes/base/error.hpp"
#include "nodes/base/units.hpp"
#include "nodes/probe/iperf.hpp"
#include "orchestrator/cli/kernel.hpp"
#include "orchestrator/cli/metrics_log.hpp"
#include "orchestrator/cli/run_task.hpp"
#include "orchestrator/guest/kernel.hpp"
#include "orchestrator/guest/runs.hpp"

namespace segue::cli {

namespace {

// The guest kernel has netem and nothing that the wire engine would need; and netem is exact there.
void require(const RunOptions& options, const RunTask& task) {
  if (options.links.starts_with("wire")) throw InputError("--links wire: with --clock virtual links are netem's");
  lab::require_netem_can(task.topology);
  guest::memory_bytes(options.memory);
  guest::parse_date(guest::date_or_default(options.date));
  const auto& runs = task.runs;
  const bool iperf =
      std::any_of(runs.begin(), runs.end(), [](const auto& run) { return run.probe != experiment::Probe::voip; });
  if (iperf) probe::require_iperf();
  if (!guest::kernel_built()) build_kernel_with_progress(guest::default_kernel_source, task.progress);
}

Performance perform(const RunOptions& options, const RunTask& task) {
  const auto& runs = task.runs;
  MetricsLog log(task.topology, runs);
  task.progress.begin(task.topology, runs, options.handovers);
  const Instant began = now();
  Performance done{.repeatable = true};
  const auto jobs = options.jobs == 0 ? std::max(std::thread::hardware_concurrency(), 1U) : options.jobs;
  done.outcomes = guest::perform_runs(
      runs, jobs,
      {.kernel = guest::kernel_path(),
       .memory = options.memory,
       .date = guest::date_or_default(options.date),
       .wall_limit = parse_delay(options.timeout),
       .on_interrupt = [&done] { done.interrupted = true; }},
      {.handover =
           [&](std::size_t index, const record::Scorecard& card) {
             log.handover(index, card);
             task.progress.handover(index, card);
           },
       .sample =
           [&](std::size_t index, const record::Sample& sample) {
             log.sample(index, sample);
             task.progress.sample(index, sample);
           },
       .started = [&](std::size_t index) { task.progress.started(index); },
       .ended = [&](std::size_t index,
                    const experiment::RunOutcome& outcome) { task.progress.ended(index, outcome); }});
  task.progress.end();
  done.wall = now() - began;
  done.open_metrics = log.text(done.outcomes);
  return done;
}

}  // namespace

const ClockWay virtual_clock{"virtual", require, perform};

}  // namespace segue::cli
