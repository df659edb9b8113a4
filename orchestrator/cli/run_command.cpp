#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/explain.hpp"
#include "orchestrator/cli/labs.hpp"
#include "orchestrator/cli/mechanisms.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/cli/run_task.hpp"
#include "orchestrator/mobility/ends_attached.hpp"
#include "orchestrator/mobility/tunnels.hpp"
#include "orchestrator/report/disagreement.hpp"
#include "orchestrator/report/evaluation.hpp"
#include "orchestrator/report/explanation.hpp"
#include "orchestrator/report/files.hpp"

namespace segue::cli {

namespace {

namespace fs = std::filesystem;

// Together they are not yet longer than a clock of nanoseconds counts.
constexpr unsigned most_handovers = 100'000;
constexpr Delay longest_interval = std::chrono::hours(24);

void check_extent(const RunOptions& options) {
  if (options.handovers == 0) throw InputError("--handovers 0: at least one");
  if (options.handovers > most_handovers) {
    throw InputError(fmt::format("--handovers {}: up to {}", options.handovers, most_handovers));
  }
  if (!options.interval.empty() && parse_delay(options.interval) > longest_interval) {
    throw InputError(fmt::format("--interval {}: up to {}", options.interval, to_text(longest_interval)));
  }
}

// The paper gives TCP ten seconds to recover between handovers, and the others five.
Delay interval_for(const RunOptions& options, experiment::Probe probe) {
  if (!options.interval.empty()) return parse_delay(options.interval);
  return probe == experiment::Probe::iperf_tcp ? std::chrono::seconds(10) : std::chrono::seconds(5);
}

std::vector<experiment::Probe> probes_of(const RunOptions& options) {
  if (options.probes.empty())
    return {experiment::Probe::voip, experiment::Probe::iperf_udp, experiment::Probe::iperf_tcp};
  std::vector<experiment::Probe> probes;
  for (const auto& text : options.probes) probes.push_back(experiment::parse_probe(text));
  return probes;
}

// Runs in the order they begin: the probes one after another, and the mechanisms of each side by side.
std::vector<experiment::RunSpec> plan(const RunOptions& options, const std::vector<config::Mechanism>& mechanisms) {
  std::vector<experiment::RunSpec> runs;
  for (const auto probe : probes_of(options)) {
    for (const auto& mechanism : mechanisms) {
      runs.push_back({.lab = options.lab,
                      .mechanism = mechanism.name,
                      .probe = probe,
                      .family = experiment::parse_family(options.family),
                      .handovers = options.handovers,
                      .interval = interval_for(options, probe),
                      .links = lab::parse_link_choice(options.links),
                      .seed = options.seed});
    }
  }
  return runs;
}

// Also that each mechanism ends in what it says it does.
void check_mechanisms(const std::vector<experiment::RunSpec>& runs, const config::Topology& topology,
                      const std::vector<config::Mechanism>& mechanisms) {
  const mobility::Ways ways(topology);
  const mobility::Geography geography{topology, ways};
  const std::size_t mobile = experiment::first_mobile(topology);
  for (const auto& mechanism : mechanisms) mobility::require_ends_attached(geography, mechanism, mobile);
  for (const auto& run : runs) {
    const auto mechanism =
        std::find_if(mechanisms.begin(), mechanisms.end(), [&](const auto& one) { return one.name == run.mechanism; });
    const Delay least = experiment::shortest_interval(geography, *mechanism, run.probe, run.family);
    if (run.interval >= least) continue;
    throw InputError(fmt::format("--interval {}: a handover by {} and its {} packets need {}", to_text(run.interval),
                                 run.mechanism, to_text(run.probe), to_text(least)));
  }
}

fs::path default_folder(const std::string& lab) {
  const std::time_t time = std::time(nullptr);
  return fs::path("results") / fmt::format("{}-{:%Y%m%d-%H%M%S}", lab, fmt::localtime(time));
}

std::string describe(const experiment::RunSpec& run) {
  return fmt::format("{}, {}", run.mechanism, to_text(run.probe));
}

// What measures the same again: options that change only where results go, or how fast they come, are left out.
std::string command_of(const RunOptions& options) {
  std::string command = fmt::format("segue run {}", options.lab);
  for (const auto& name : options.mechanisms) command += " --mechanism " + name;
  for (const auto& name : options.probes) command += " --probe " + name;
  if (options.family != RunOptions{}.family) command += " --family " + options.family;
  command += fmt::format(" --handovers {}", options.handovers);
  if (!options.interval.empty()) command += " --interval " + options.interval;
  if (!options.date.empty()) command += " --date " + options.date;
  if (options.explain) command += " --explain";
  return command + fmt::format(" --clock {} --links {} --seed {}", options.clock, options.links, options.seed);
}

std::vector<report::Node> nodes_of(const config::Topology& topology) {
  std::vector<report::Node> nodes;
  for (const auto& node : topology.nodes) {
    nodes.push_back({node.name, std::string(config::to_text(node.role)), to_text(node.address)});
  }
  return nodes;
}

report::Evaluation evaluation_of(const RunOptions& options, const RunTask& task, const Performance& done) {
  report::Evaluation evaluation{.lab = task.topology.name,
                                .title = task.topology.title,
                                .nodes = nodes_of(task.topology),
                                .clock = options.clock,
                                .seed = options.seed,
                                .wall_ns = done.wall.count(),
                                .repeatable = done.repeatable,
                                .left_out = report::left_out_of_analysis(task.topology)};
  for (std::size_t i = 0; i < done.outcomes.size(); ++i) {
    const auto& outcome = done.outcomes[i];
    if (outcome.error.empty()) {
      evaluation.links = outcome.result.engine;
      evaluation.runs.push_back(outcome.result);
    } else {
      evaluation.failed_runs.push_back(fmt::format("{}: {}", describe(task.runs[i]), outcome.error));
    }
  }
  report::evaluate(evaluation, task.mechanisms);
  return evaluation;
}

// A handover that fails is a result; a run of nothing but such is a failure.
int exit_code_of(const RunOptions& options, const Performance& done, const report::Evaluation& evaluation) {
  int exit_code = done.interrupted ? 1 : 0;
  for (const auto& outcome : done.outcomes) {
    if (!outcome.error.empty()) exit_code = std::max(exit_code, outcome.exit_code);
    if (outcome.error.empty() && report::none_completed(outcome.result)) exit_code = std::max(exit_code, 1);
  }
  if (exit_code == 0 && options.strict && !evaluation.disagreements.empty()) return disagreement_exit_code;
  return exit_code;
}

}  // namespace

const ClockWay& parse_clock(const std::string& text) {
  for (const ClockWay* way : {&real_clock, &virtual_clock}) {
    if (text == way->name) return *way;
  }
  throw InputError(fmt::format("--clock \"{}\": real or virtual", text));
}

int run(RunOptions options) {
  const std::string command = command_of(options);
  options.lab = find_lab(options.lab).string();
  const auto topology = config::load_topology(options.lab);
  const auto mechanisms = choose_mechanisms(topology, options.mechanisms);
  check_extent(options);
  const auto runs = plan(options, mechanisms);
  check_mechanisms(runs, topology, mechanisms);
  const ClockWay& clock = parse_clock(options.clock);
  warn(mobility::warnings_of(topology, mechanisms));
  Progress progress(options.json);
  const RunTask task{topology, mechanisms, runs, progress};
  clock.require(options, task);
  const report::ResultsFolder folder(options.out.empty() ? default_folder(topology.name) : fs::path(options.out));
  const auto done = clock.perform(options, task);
  auto evaluation = evaluation_of(options, task, done);
  evaluation.command = command;
  if (options.explain) evaluation.explanations = explanations_of(topology, mechanisms);
  folder.write(evaluation);
  if (!done.open_metrics.empty()) folder.write_metrics(done.open_metrics);
  print(options.json ? report::to_json(evaluation)
                     : report::to_text(evaluation) + report::to_text(evaluation.explanations, evaluation.table));
  progress.line(fmt::format("results in {}", folder.path().string()));
  return exit_code_of(options, done, evaluation);
}

}  // namespace segue::cli
