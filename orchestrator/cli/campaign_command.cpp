#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "orchestrator/campaign/folder.hpp"
#include "orchestrator/campaign/identity.hpp"
#include "orchestrator/campaign/runner.hpp"
#include "orchestrator/campaign/slurm.hpp"
#include "orchestrator/campaign/store.hpp"
#include "orchestrator/cli/campaign_perform.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/labs.hpp"
#include "orchestrator/cli/output.hpp"

namespace segue::cli {

namespace {

namespace fs = std::filesystem;

// A file, or LAB/NAME for the NAME.toml in the campaigns of a lab.
fs::path find_campaign(const std::string& text) {
  std::error_code error;
  if (fs::is_regular_file(text, error)) return fs::absolute(text);
  const auto slash = text.rfind('/');
  if (slash == std::string::npos || text.ends_with(".toml")) {
    throw InputError(fmt::format("no campaign \"{}\": a file is wanted, or LAB/NAME as in prompt/table2", text));
  }
  const auto lab = find_lab(text.substr(0, slash));
  const auto folder = (fs::is_directory(lab) ? lab : lab.parent_path()) / "campaigns";
  auto file = folder / (text.substr(slash + 1) + ".toml");
  if (fs::is_regular_file(file, error)) return file;
  std::vector<std::string> known;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".toml") known.push_back(entry.path().stem());
  }
  std::sort(known.begin(), known.end());
  throw InputError(fmt::format("no campaign \"{}\": {} has {}", text, text.substr(0, slash),
                               known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
}

std::string to_text(std::chrono::seconds time) {
  if (time < std::chrono::minutes(2)) return fmt::format("{} s", time.count());
  if (time < std::chrono::hours(3)) return fmt::format("{} min", (time.count() + 59) / 60);
  return fmt::format("{:.1f} h", static_cast<double>(time.count()) / 3600);
}

std::string to_text(Delay time) { return to_text(std::chrono::ceil<std::chrono::seconds>(time)); }

Delay expected_wall(const campaign::Plan& plan, const std::vector<campaign::RunKey>& runs, const CampaignClock& clock,
                    unsigned jobs) {
  Delay sum{0};
  Delay longest{0};
  for (const auto& run : runs) {
    const auto wall = clock.expected_wall(campaign::spec_of(plan, run));
    sum += wall;
    longest = std::max(longest, wall);
  }
  return std::max(sum / static_cast<int>(jobs), longest);
}

std::string counted(const campaign::Plan& plan, std::size_t runs) {
  auto text = fmt::format("{} runs of {} handovers in {} cells", runs, plan.campaign.handovers, plan.cells.size());
  if (const auto& stop = plan.campaign.stop) {
    text += fmt::format(", and more until {}, {} of each cell at most", stop->text, stop->at_most);
  }
  return text;
}

int dry_run(const campaign::Plan& plan, const fs::path& out, const CampaignOptions& options,
            const CampaignClock& clock) {
  const auto finished = options.resume ? campaign::finished_runs(out) : std::vector<campaign::RunKey>{};
  const auto runs = campaign::first_round(plan, finished);
  std::string text;
  for (const auto& run : runs) {
    text += fmt::format("{}  {}, seed {}\n", to_text(run), describe(plan, run.cell), seed_of(plan, run));
  }
  print(text + fmt::format("{}: about {} with {} at a time\n", counted(plan, runs.size()),
                           to_text(expected_wall(plan, runs, clock, options.jobs)), options.jobs));
  return 0;
}

class Shown {
 public:
  Shown(const campaign::Plan& plan, Progress& progress) : plan_(plan), progress_(progress) {}

  campaign::RunnerObserver observer() {
    return {.ended = [this](const auto& run, const auto& outcome, const auto& status) { ended(run, outcome, status); },
            .round = [this](const campaign::Status& status) { show(status); }};
  }

 private:
  void ended(const campaign::RunKey& run, const experiment::RunOutcome& outcome, const campaign::Status& status) {
    if (!outcome.error.empty()) {
      progress_.line(fmt::format("{} ({}) failed: {}", to_text(run), describe(plan_, run.cell), outcome.error));
    } else if (outcome.result.verdict != record::Verdict::clean) {
      progress_.line(fmt::format("{} ({}) is {}: {}", to_text(run), describe(plan_, run.cell),
                                 to_text(outcome.result.verdict), fmt::join(outcome.result.reasons, "; ")));
    }
    show(status);
  }

  void show(const campaign::Status& status) {
    auto text = fmt::format("{} of {} runs", status.done, status.planned);
    if (status.failed > 0) text += fmt::format(", {} failed", status.failed);
    const auto percent = status.planned == 0 ? 100 : (status.done + status.failed) * 100 / status.planned;
    progress_.task(text, static_cast<int>(std::min<std::size_t>(percent, 100)),
                   status.done < status.planned ? status.left : std::nullopt);
  }

  const campaign::Plan& plan_;
  Progress& progress_;
};

// Cells without one that completes are results, of a sweep into what a mechanism cannot bear; a campaign without is none.
bool none_completed(const campaign::Statistics& statistics) {
  const auto& cells = statistics.cells();
  return std::all_of(cells.begin(), cells.end(), [](const auto& cell) { return cell.handovers.empty(); }) &&
         std::any_of(cells.begin(), cells.end(), [](const auto& cell) { return cell.failed_handovers > 0; });
}

int perform(const campaign::Plan& plan, const fs::path& out, const CampaignOptions& options, const CampaignClock& clock,
            Progress& progress) {
  const campaign::CampaignFolder folder(out, campaign::identity_of(plan), options.resume);
  progress.line(fmt::format("{}, {} at a time, in {}",
                            counted(plan, campaign::first_round(plan, folder.finished()).size()), options.jobs,
                            out.string()));
  Shown shown(plan, progress);
  const auto perform_runs =
      options.executor == "slurm" ? perform_by_slurm(options, plan, folder.aside()) : clock.perform(options, plan);
  const auto finish = campaign::run_campaign(plan, folder, perform_runs, shown.observer());
  progress.end();
  const auto statistics = campaign::write_store(plan, folder, finish.failed, finish.interrupted);
  folder.write("wall.json", fmt::format("{{\"wall_ns\": {}, \"runs\": {}, \"jobs\": {}}}\n", finish.wall.count(),
                                        finish.performed, options.jobs));
  print(to_text(plan, statistics));
  for (const auto& failed : finish.failed) {
    progress.line(
        fmt::format("{} ({}) failed twice: {}", to_text(failed.run), describe(plan, failed.run.cell), failed.error));
  }
  if (finish.interrupted) {
    progress.line(fmt::format("interrupted: the tables in {} have {} of {} runs; --resume --out {} goes on with it",
                              out.string(), finish.done, finish.planned, out.string()));
    return 1;
  }
  progress.line(fmt::format("results in {}", out.string()));
  return finish.failed.empty() && !none_completed(statistics) ? 0 : 1;
}

}  // namespace

int run_campaign(CampaignOptions options) {
  const CampaignClock& clock = campaign_clock(options.clock);
  const bool slurm = options.executor == "slurm";
  if (!slurm && options.executor != "local") {
    throw InputError(fmt::format("--executor \"{}\": local or slurm", options.executor));
  }
  if (slurm && options.clock != "virtual") {
    throw InputError("--executor slurm: only with --clock virtual, whose runs need no root and share a machine");
  }
  auto asked = campaign::load_campaign(find_campaign(options.file));
  if (!options.lab.empty()) asked.lab = find_lab(options.lab);
  auto plan = campaign::make_plan(std::move(asked));
  plan.clock = clock.name;
  if (options.clock == "virtual") plan.memory = options.memory;
  plan.date = options.date;
  if (options.jobs == 0) options.jobs = slurm ? 64 : clock.default_jobs();
  const fs::path out = options.out.empty()
                           ? fs::path("results") / fmt::format("{}-{}", plan.topology.name, plan.campaign.name)
                           : fs::path(options.out);
  warn(plan.warnings);
  if (options.dry_run) return dry_run(plan, out, options, clock);
  Progress progress(false);
  clock.require(plan, progress);
  if (slurm) campaign::require_slurm();
  plan.kernel = clock.kernel();
  plan.iperf = iperf_of(plan);
  return perform(plan, out, options, clock, progress);
}

}  // namespace segue::cli
