#include "orchestrator/campaign/slurm.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <nlohmann/json.hpp>

#include "nodes/base/error.hpp"
#include "nodes/base/loop.hpp"
#include "nodes/base/signals.hpp"
#include "nodes/process/run.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/campaign/folder.hpp"
#include "orchestrator/config/document.hpp"
#include "orchestrator/experiment/worker_protocol.hpp"
#include "orchestrator/files/passing_folder.hpp"
#include "orchestrator/files/whole_file.hpp"
#include "orchestrator/guest/runs.hpp"

namespace segue::campaign {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using nlohmann::json;

constexpr unsigned most_submissions = 3;
constexpr Delay look_interval = 250ms;  // a shared file system tells nobody of what others write
constexpr unsigned looks_per_question = 8;

fs::path spec_file(const fs::path& folder, std::size_t run) { return folder / fmt::format("{}.spec", run); }
fs::path result_file(const fs::path& folder, std::size_t run) { return folder / fmt::format("{}.result", run); }
fs::path error_file(const fs::path& folder, std::size_t run) { return folder / fmt::format("{}.error", run); }

std::string trimmed(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
  return text;
}

// What one of Slurm's programs says. It does what it was asked for even if this process dies.
process::Outcome slurm(const std::string& program, std::vector<std::string> arguments) {
  return process::run({.path = process::require_program(program, "slurm-client"),
                       .arguments = std::move(arguments),
                       .errors = process::as_output,
                       .death_signal = 0});
}

std::string in_shell_quotes(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + '\'';
}

class Array {
 public:
  Array(const std::vector<experiment::RunSpec>& runs, const SlurmSettings& settings,
        const experiment::WorkerObserver& observer)
      : settings_(settings), observer_(observer), folder_(fs::canonical(settings.folder), "slurm") {
    for (std::size_t run = 0; run < runs.size(); ++run) {
      experiment::RunSpec spec = runs[run];
      spec.lab = fs::canonical(spec.lab);
      const json task{{"run", experiment::to_json(spec)},
                      {"kernel", fs::canonical(settings.kernel).string()},
                      {"memory", settings.memory},
                      {"date", settings.date},
                      {"wall_limit_ns", settings.wall_limit.count()}};
      files::write_file(spec_file(folder_.path(), run), json_text(task));
      missing_.push_back(run);
    }
  }

  void perform() {
    watch_for_interrupts();
    for (unsigned submission = 0; submission < most_submissions && !missing_.empty() && !interrupted_; ++submission) {
      submit();
      collect_until_it_ends();
    }
    if (interrupted_) return;
    for (const auto run : missing_) {
      tell(run, {.result = {},
                 .error = fmt::format("its Slurm task ended {} times without a result", most_submissions),
                 .exit_code = 1});
    }
  }

 private:
  void watch_for_interrupts() {
    signals_ = segue::watch_signals({SIGINT, SIGTERM});
    loop_.on_readable(signals_.get(), [this] {
      interrupted_ = true;
      loop_.remove(signals_.get());
      slurm("scancel", {job_});
    });
  }

  void submit() {
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(settings_.wall_limit + 1min).count();
    const auto limit = settings_.jobs == 0 ? std::string() : fmt::format("%{}", settings_.jobs);
    const auto program = fs::read_symlink("/proc/self/exe").string();
    const auto& folder = folder_.path().string();
    const auto submitted =
        // What has died is submitted again at once; Slurm would have it wait for two minutes.
        slurm("sbatch", {"--parsable", "--job-name=segue", "--cpus-per-task=1", "--no-requeue", "--open-mode=append",
                         fmt::format("--time={}", minutes), fmt::format("--output={}/%a.log", folder),
                         fmt::format("--array={}{}", fmt::join(missing_, ","), limit),
                         fmt::format("--wrap=exec {} task {} $SLURM_ARRAY_TASK_ID", in_shell_quotes(program),
                                     in_shell_quotes(folder))});
    if (!submitted.status.success()) throw Error("submit to Slurm: " + trimmed(submitted.output));
    job_ = trimmed(submitted.output.substr(0, submitted.output.find(';')));  // "job;cluster"
  }

  void collect_until_it_ends() {
    for (unsigned look = 1; !missing_.empty() && !interrupted_; ++look) {
      const Instant next = now() + look_interval;
      while (!interrupted_ && now() < next) loop_.run_once(next - now());
      const bool over = look % looks_per_question == 0 && has_ended();
      collect();  // after the question: what was there when it ended is seen
      if (over) return;
    }
  }

  bool has_ended() const {
    const auto queue = slurm("squeue", {"--noheader", "--jobs=" + job_, "--format=%i"});
    if (queue.status.success()) return trimmed(queue.output).empty();
    return queue.output.find("Invalid job id") !=
           std::string::npos;  // otherwise the controller does not answer; ask later
  }

  void collect() {
    std::erase_if(missing_, [this](std::size_t run) {
      std::error_code error;
      if (const auto file = result_file(folder_.path(), run); fs::exists(file, error)) {
        tell(run, {.result = load_result(file), .error = {}, .exit_code = 0});
        fs::remove(file, error);
        return true;
      }
      if (const auto file = error_file(folder_.path(), run); fs::exists(file, error)) {
        tell(run, failure_in(config::read_file(file)));
        return true;
      }
      return false;
    });
  }

  static experiment::RunOutcome failure_in(const std::string& text) {
    experiment::RunOutcome outcome{.result = {}, .error = {}, .exit_code = 1};
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), outcome.exit_code);
    outcome.error = text.substr(std::min<std::size_t>(static_cast<std::size_t>(rest - text.data()) + 1, text.size()));
    return outcome;
  }

  void tell(std::size_t run, const experiment::RunOutcome& outcome) const {
    if (observer_.ended) observer_.ended(run, outcome);
  }

  const SlurmSettings& settings_;
  const experiment::WorkerObserver& observer_;
  files::PassingFolder folder_;
  std::vector<std::size_t> missing_;
  Loop loop_;
  Fd signals_;
  std::string job_;
  bool interrupted_ = false;
};

}  // namespace

void require_slurm() {
  process::Outcome answer;
  try {
    answer = slurm("sinfo", {"--noheader", "--format=%T"});
  } catch (const MachineError& error) {
    throw MachineError(fmt::format("--executor slurm: {}, or log in to the cluster", error.what()));
  }
  if (!answer.status.success())
    throw MachineError("--executor slurm: Slurm does not answer: " + trimmed(answer.output));
}

void perform_on_slurm(const std::vector<experiment::RunSpec>& runs, const SlurmSettings& settings,
                      const experiment::WorkerObserver& observer) {
  Array(runs, settings, observer).perform();
}

int serve_task(const fs::path& folder, std::size_t index) {
  experiment::RunSpec spec;
  guest::RunGuests settings;
  try {
    const json task = parse_json(config::read_file(spec_file(folder, index)));
    spec = experiment::spec_from_json(task.at("run").get<std::string>());
    settings.kernel = task.at("kernel").get<std::string>();
    settings.memory = task.at("memory").get<std::string>();
    settings.date = task.at("date").get<std::string>();
    settings.wall_limit = Delay(task.at("wall_limit_ns").get<std::int64_t>());
  } catch (const json::exception& error) {
    throw Error(fmt::format("read what to run: {}", error.what()));
  }
  const auto outcome = guest::perform_runs({spec}, 1, settings, {}).front();
  if (outcome.error.empty()) {
    if (outcome.result.handovers.size() < spec.handovers) return 1;  // stopped from outside, and to be submitted again
    files::write_file(result_file(folder, index), to_json(outcome.result));
  } else if (outcome.error != "interrupted") {
    files::write_file(error_file(folder, index), fmt::format("{} {}", outcome.exit_code, outcome.error));
  }
  return outcome.exit_code;
}

}  // namespace segue::campaign
