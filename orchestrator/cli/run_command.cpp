#include <fmt/chrono.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/probe/iperf.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/labs.hpp"
#include "orchestrator/cli/live_metrics.hpp"
#include "orchestrator/cli/progress.hpp"
#include "orchestrator/lab/worker.hpp"
#include "orchestrator/report/evaluation.hpp"
#include "orchestrator/report/files.hpp"

namespace segue::cli {

namespace {

namespace fs = std::filesystem;

struct RunOptions {
  std::string lab;
  std::vector<std::string> mechanisms;
  std::vector<std::string> probes;
  unsigned handovers = 8;
  std::string interval;
  std::string links = "auto";
  std::uint64_t seed = 1;
  std::string out;
  std::string metrics = "127.0.0.1:9464";
  unsigned jobs = 0;
  bool json = false;
};

// The paper gives TCP ten seconds to recover between handovers, and the others five.
Delay interval_for(const RunOptions& options, lab::Probe probe) {
  if (!options.interval.empty()) return parse_delay(options.interval);
  return probe == lab::Probe::iperf_tcp ? std::chrono::seconds(10) : std::chrono::seconds(5);
}

std::vector<config::Mechanism> chosen(const RunOptions& options, const config::Topology& topology) {
  auto all = config::load_mechanisms(topology);
  std::vector<config::Mechanism> result;
  for (const auto& name : options.mechanisms) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
    if (found == all.end()) {
      std::vector<std::string> names;
      for (const auto& one : all) names.push_back(one.name);
      throw InputError(fmt::format("--mechanism \"{}\": {} has {}", name, topology.name, fmt::join(names, ", ")));
    }
    result.push_back(*found);
  }
  if (!options.mechanisms.empty()) return result;
  std::copy_if(all.begin(), all.end(), std::back_inserter(result), [](const auto& one) { return one.by_default; });
  if (result.empty()) throw InputError(fmt::format("{}: it has no mechanisms to run", topology.folder.string()));
  return result;
}

std::vector<lab::Probe> probes_of(const RunOptions& options) {
  if (options.probes.empty()) return {lab::Probe::voip, lab::Probe::iperf_udp, lab::Probe::iperf_tcp};
  std::vector<lab::Probe> probes;
  for (const auto& text : options.probes) probes.push_back(lab::parse_probe(text));
  return probes;
}

// Runs in the order they begin: the probes one after another, and the mechanisms of each side by side.
std::vector<lab::RunSpec> plan(const RunOptions& options, const std::vector<config::Mechanism>& mechanisms) {
  std::vector<lab::RunSpec> runs;
  for (const auto probe : probes_of(options)) {
    for (const auto& mechanism : mechanisms) {
      runs.push_back({.lab = options.lab,
                      .mechanism = mechanism.name,
                      .probe = probe,
                      .handovers = options.handovers,
                      .interval = interval_for(options, probe),
                      .links = lab::parse_link_choice(options.links),
                      .seed = options.seed});
    }
  }
  return runs;
}

void require_machine(const std::vector<lab::RunSpec>& runs) {
  lab::require_lab(runs.front().links);
  const bool iperf = std::any_of(runs.begin(), runs.end(), [](const auto& run) { return run.probe != lab::Probe::voip; });
  if (iperf) probe::require_iperf();
}

fs::path default_folder(const std::string& lab) {
  const std::time_t time = std::time(nullptr);
  return fs::path("results") / fmt::format("{}-{:%Y%m%d-%H%M%S}", lab, fmt::localtime(time));
}

Fd interrupts() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return Fd(check(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK), "watch for Ctrl-C"));
}

std::string describe(const lab::RunSpec& run) { return fmt::format("{}, {}", run.mechanism, to_text(run.probe)); }

Performance perform(const RunOptions& options, const RunTask& task) {
  return options.clock == "virtual" ? perform_in_virtual_time(options, task) : perform_in_real_time(options, task);
}

report::Evaluation evaluation_of(const RunOptions& options, const RunTask& task, const Performance& done) {
  report::Evaluation evaluation{.lab = task.topology.name,
                                .title = task.topology.title,
                                .clock = options.clock,
                                .seed = options.seed,
                                .wall_ns = done.wall.count(),
                                .repeatable = done.repeatable};
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

int exit_code_of(const Performance& done) {
  int exit_code = 0;
  for (const auto& outcome : done.outcomes) {
    if (!outcome.error.empty()) exit_code = std::max(exit_code, outcome.exit_code);
  }
  return exit_code;
}

int run(RunOptions options) {
  options.lab = find_lab(options.lab).string();
  const auto topology = config::load_topology(options.lab);
  const auto mechanisms = chosen(options, topology);
  if (options.handovers == 0) throw InputError("--handovers 0: at least one");
  const auto runs = plan(options, mechanisms);
  Progress progress(options.json);
  const fs::path out = options.out.empty() ? default_folder(topology.name) : fs::path(options.out);
  const RunTask task{topology, mechanisms, runs, out, progress};
  const auto done = perform(options, task);
  const auto evaluation = evaluation_of(options, task, done);
  const report::ResultsFolder folder(out, report::ResultsFolder::Use::continued);
  folder.write(evaluation);
  if (!done.metrics.empty()) folder.write_metrics(done.metrics);
  std::fputs((options.json ? report::to_json(evaluation) : report::to_text(evaluation)).c_str(), stdout);
  progress.line(fmt::format("results in {}", folder.path().string()));
  return exit_code_of(done);
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* verb = app.add_subcommand("run", "Measure the handovers of a lab's mechanisms, and print the table");
  verb->add_option("LAB", options->lab, "A lab's folder, or its name under topologies/")->required();
  verb->add_option("--mechanism", options->mechanisms, "One of the lab's mechanisms; all by default");
  verb->add_option("--probe", options->probes, "voip, iperf-udp or iperf-tcp; all by default");
  verb->add_option("--handovers", options->handovers, "Handovers of each run")->capture_default_str();
  verb->add_option("--interval", options->interval, "Between handovers; 5s, and 10s for iperf-tcp, by default");
  verb->add_option("--links", options->links, "Link engine: auto, netem or wire")->capture_default_str();
  verb->add_option("--seed", options->seed, "Fixes what is random")->capture_default_str();
  verb->add_option("--out", options->out, "Folder for the results; results/<lab>-<time> by default");
  verb->add_option("--metrics", options->metrics, "Where to serve Prometheus metrics")->capture_default_str();
  verb->add_option("--jobs", options->jobs, "Runs side by side; by default as many as there are mechanisms");
  verb->add_flag("--json", options->json, "Print the summary and nothing else");
  verb->callback([&action, options] { action = [options] { return run(*options); }; });
}

void add_worker(CLI::App& app, Action& action) {
  auto control = std::make_shared<int>(-1);
  CLI::App* verb = app.add_subcommand("worker", "");
  verb->group("");  // hidden
  verb->add_option("--control", *control)->required();
  verb->callback([&action, control] { action = [control] { return lab::serve_run(Fd(*control)); }; });
}

}  // namespace segue::cli
