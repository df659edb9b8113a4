#include "orchestrator/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "orchestrator/cli/output.hpp"
#include "orchestrator/record/verdict.hpp"

namespace segue::cli {

namespace {

std::string describe(const record::Scorecard& card) {
  if (card.outcome != record::Outcome::complete)
    return fmt::format("{} to {} failed: {}", card.from, card.to, card.failure);
  std::string text =
      fmt::format("{} to {} in {:.1f} ms", card.from, card.to, static_cast<double>(card.completion_ns) / 1e6);
  if (card.uplink.sent + card.downlink.sent > 0) {
    text += fmt::format(", lost {} up and {} down", card.uplink.lost, card.downlink.lost);
  }
  if (!record::in_means(card.verdict))
    text += fmt::format(", {}: {}", to_text(card.verdict), fmt::join(card.reasons, "; "));
  return text;
}

// As exactly as an estimate deserves, and as the launcher says it of the programs.
std::string remaining(Delay left) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left).count();
  if (seconds < 90) return fmt::format("about {} s left", seconds / 10 * 10 + 10);
  return fmt::format("about {} min left", (seconds + 30) / 60);
}

}  // namespace

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

void Progress::say(const std::string& text) {
  if (view_) {
    later_ += text + '\n';
  } else {
    cli::say((terminal_ ? "\r\033[K" : "") + text + '\n');
  }
}

void Progress::line(const std::string& text) {
  if (!quiet_) say(text);
}

void Progress::begin(const config::Topology& topology, const std::vector<experiment::RunSpec>& runs,
                     unsigned handovers) {
  runs_ = runs;
  began_ = now();
  total_ = runs.size() * handovers;
  line(fmt::format("{} runs of {} handovers", runs.size(), handovers));
  show(topology);
}

// Not where a terminal gets the summary that somebody asked for alone: it may be recorded, as a container's is.
void Progress::show(const config::Topology& topology) {
  if (!terminal_ || (quiet_ && ::isatty(STDOUT_FILENO) == 1)) return;
  auto terminal = view::Terminal::open(STDERR_FILENO);
  if (!terminal) return;
  picture_.emplace(topology, runs_, began_);
  view_ = std::make_unique<view::LiveView>(std::move(terminal), [this] {
    const std::lock_guard lock(mutex_);
    return picture_->at(now());
  });
}

template <typename Change>
void Progress::change_picture(Change change) {
  if (!view_) return;
  {
    const std::lock_guard lock(mutex_);
    change(*picture_);
  }
  view_->changed();
}

std::string Progress::name(std::size_t run) const {
  return fmt::format("{}, {}", runs_[run].mechanism, to_text(runs_[run].probe));
}

void Progress::started(std::size_t run) {
  change_picture([&](auto& picture) { picture.started(run); });
  if (!terminal_) line(fmt::format("{}: started", name(run)));
}

void Progress::handover(std::size_t run, const record::Scorecard& card) {
  if (record::in_means(card.verdict)) ++done_;
  last_ = fmt::format("{} #{}: {}", name(run), card.index + 1, describe(card));
  if (view_) {
    change_picture([&](auto& picture) { picture.handover(run, card, now()); });
  } else if (terminal_) {
    redraw();
  } else {
    line(last_);
  }
}

void Progress::sample(std::size_t run, const record::Sample& sample) {
  change_picture([&](auto& picture) { picture.sample(run, sample); });
}

void Progress::ended(std::size_t run, const experiment::RunOutcome& outcome) {
  change_picture([&](auto& picture) { picture.ended(run, outcome); });
  if (!outcome.error.empty()) {  // even where nothing else is said
    say(fmt::format("segue: {}: {}", name(run), outcome.error));
    return;
  }
  line(fmt::format("{}: {} handovers, {}", name(run), record::tally(outcome.result), to_text(outcome.result.verdict)));
}

void Progress::redraw() {
  if (quiet_) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now() - began_).count();
  cli::say(fmt::format("\r\033[K[{}/{}] {} s  {}", done_, total_, seconds, last_));
}

// Elsewhere than on a terminal a line for every tenth.
void Progress::task(const std::string& what, int percent, std::optional<Delay> left) {
  if (quiet_ || percent == last_percent_) return;
  const bool tenth = percent / 10 != last_percent_ / 10 || last_percent_ < 0;
  last_percent_ = percent;
  const std::string text = fmt::format("{}: {} %{}", what, percent, left ? ", " + remaining(*left) : "");
  if (terminal_) {
    cli::say("\r\033[K" + text);
  } else if (tenth) {
    line(text);
  }
}

void Progress::end() {
  if (view_) {
    view_.reset();
    cli::say(std::exchange(later_, {}));
  } else if (terminal_ && !quiet_) {
    cli::say("\r\033[K");
  }
}

}  // namespace segue::cli
