#include "orchestrator/guest/runs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/base/error.hpp"
#include "nodes/base/units.hpp"
#include "orchestrator/experiment/worker_protocol.hpp"
#include "orchestrator/files/passing_folder.hpp"
#include "orchestrator/files/whole_file.hpp"
#include "orchestrator/guest/run_lines.hpp"

namespace segue::guest {

namespace {

namespace fs = std::filesystem;

// The folders the guests write to.
class Folders {
 public:
  explicit Folders(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) fs::create_directory(of(i));
  }
  fs::path of(std::size_t run) const { return whole_.path() / std::to_string(run); }

 private:
  files::PassingFolder whole_;
};

// Virtual time is slower than the host's in labs larger than this program is made for, so a guest that is well says
// something at least once an interval.
Delay hang_limit(const experiment::RunSpec& run) { return std::chrono::minutes(1) + run.interval; }

std::string without_line_feed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

class GuestRuns {
 public:
  GuestRuns(const std::vector<experiment::RunSpec>& runs, const RunGuests& settings,
            const experiment::WorkerObserver& observer)
      : runs_(runs),
        settings_(settings),
        observer_(observer),
        folders_(runs.size()),
        outcomes_(runs.size()),
        began_(runs.size()),
        ended_(runs.size()) {}

  std::vector<experiment::RunOutcome> perform(unsigned jobs) {
    std::vector<GuestOptions> guests;
    for (std::size_t i = 0; i < runs_.size(); ++i) guests.push_back(guest_for(i));
    const auto results =
        run_guests(guests, static_cast<int>(jobs), [this](std::size_t run, std::string_view line) { take(run, line); });
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (!ended_[i]) end(i, failure_of(results[i]));
    }
    const bool interrupted = std::any_of(results.begin(), results.end(), [](const GuestResult& result) {
      return result.outcome == GuestOutcome::interrupted;
    });
    if (interrupted && settings_.on_interrupt) settings_.on_interrupt();
    return std::move(outcomes_);
  }

 private:
  // Where the user is and where the results go is no business of the guest's: it starts at the root.
  GuestOptions guest_for(std::size_t run) const {
    const fs::path lab = fs::canonical(runs_[run].lab);
    experiment::RunSpec spec = runs_[run];
    spec.lab = lab;
    spec.computed_time = true;
    const fs::path out = folders_.of(run);
    return {.kernel = settings_.kernel,
            .init = "/proc/self/exe",
            .arguments = {experiment::to_json(spec), out.native()},
            .out = out,
            .directory = "/",
            .visible = {fs::is_directory(lab) ? lab : lab.parent_path()},
            .memory = settings_.memory,
            .seed = spec.seed,
            .date_s = parse_date(settings_.date),
            .wall_limit = settings_.wall_limit,
            .hang_limit = hang_limit(spec)};
  }

  void take(std::size_t run, std::string_view line) {
    if (!began_[run] && observer_.started) observer_.started(run);
    began_[run] = true;
    const auto said = parse_run_line(line);
    if (!said) return;  // the kernel's; it is in the end of the console
    const auto& [word, body] = *said;
    if (word == handover_word && observer_.handover) observer_.handover(run, record::scorecard_from_json(body));
    if (word == sample_word && observer_.sample) observer_.sample(run, record::sample_from_json(body));
    if (word == end_word) {
      end(run, {.result = record::result_from_json(files::read_file(folders_.of(run) / result_name)),
                .error = {},
                .exit_code = 0});
    }
  }

  void end(std::size_t run, experiment::RunOutcome outcome) {
    ended_[run] = true;
    if (observer_.ended) observer_.ended(run, outcome);
    if (!observer_.keep_results) outcome.result = {};
    std::error_code ignored;
    fs::remove(folders_.of(run) / result_name, ignored);
    outcomes_[run] = std::move(outcome);
  }

  static experiment::RunOutcome failure_of(const GuestResult& guest) {
    experiment::RunOutcome outcome{.result = {}, .error = to_text(guest.outcome), .exit_code = 1};
    if (guest.outcome == GuestOutcome::interrupted) return outcome;
    if (guest.outcome == GuestOutcome::finished) {  // an ordinary failure, whose text is all it said
      outcome.error = without_line_feed(guest.console_tail);
      outcome.exit_code = guest.exit_code == 0 ? 1 : guest.exit_code;
      return outcome;
    }
    const auto& said = guest.console_tail;
    outcome.error = fmt::format("its guest {} after {:.1f} s, its kernel ended with {}; {}", to_text(guest.outcome),
                                static_cast<double>(guest.wall.count()) / 1e9, guest.kernel_end,
                                said.empty() ? "its console said nothing" : "the end of its console:\n" + said);
    return outcome;
  }

  const std::vector<experiment::RunSpec>& runs_;
  const RunGuests& settings_;
  const experiment::WorkerObserver& observer_;
  Folders folders_;
  std::vector<experiment::RunOutcome> outcomes_;
  std::vector<bool> began_;  // their guests have said something: the kernel's first words
  std::vector<bool> ended_;
};

}  // namespace

std::vector<experiment::RunOutcome> perform_runs(const std::vector<experiment::RunSpec>& runs, unsigned jobs,
                                                 const RunGuests& settings,
                                                 const experiment::WorkerObserver& observer) {
  return GuestRuns(runs, settings, observer).perform(jobs);
}

}  // namespace segue::guest
