#include "orchestrator/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace segue::cli {

namespace {

void write(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

std::string describe(const lab::Scorecard& card) {
  if (card.outcome != "complete") return fmt::format("{} to {} failed: {}", card.from, card.to, card.failure);
  std::string text =
      fmt::format("{} to {} in {:.1f} ms", card.from, card.to, static_cast<double>(card.completion_ns) / 1e6);
  if (card.uplink.sent + card.downlink.sent > 0) {
    text += fmt::format(", lost {} up and {} down", card.uplink.lost, card.downlink.lost);
  }
  return text;
}

}  // namespace

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

void Progress::line(const std::string& text) {
  if (quiet_) return;
  write((terminal_ ? "\r\033[K" : "") + text + '\n');
}

void Progress::begin(const std::vector<lab::RunSpec>& runs, unsigned handovers) {
  runs_ = runs;
  began_ = now();
  total_ = runs.size() * handovers;
  line(fmt::format("{} runs of {} handovers", runs.size(), handovers));
}

std::string Progress::name(std::size_t run) const {
  return fmt::format("{}, {}", runs_[run].mechanism, to_text(runs_[run].probe));
}

void Progress::started(std::size_t run) {
  if (!terminal_) line(fmt::format("{}: started", name(run)));
}

void Progress::handover(std::size_t run, const lab::Scorecard& card) {
  ++done_;
  last_ = fmt::format("{} #{}: {}", name(run), card.index + 1, describe(card));
  if (terminal_) {
    redraw();
  } else {
    line(last_);
  }
}

void Progress::ended(std::size_t run, const lab::RunOutcome& outcome) {
  if (!outcome.error.empty()) {  // even where nothing else is said
    write(fmt::format("{}segue: {}: {}\n", terminal_ ? "\r\033[K" : "", name(run), outcome.error));
    return;
  }
  line(fmt::format("{}: {} handovers, {}", name(run), outcome.result.handovers.size(), outcome.result.verdict));
}

void Progress::redraw() {
  if (quiet_) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now() - began_).count();
  write(fmt::format("\r\033[K[{}/{}] {} s  {}", done_, total_, seconds, last_));
}

// Elsewhere than on a terminal a line for every tenth.
void Progress::task(const std::string& what, int percent) {
  if (quiet_ || percent == last_percent_) return;
  const bool tenth = percent / 10 != last_percent_ / 10 || last_percent_ < 0;
  last_percent_ = percent;
  if (terminal_) {
    write(fmt::format("\r\033[K{}: {} %", what, percent));
  } else if (tenth) {
    line(fmt::format("{}: {} %", what, percent));
  }
}

void Progress::end() {
  if (terminal_ && !quiet_) write("\r\033[K");
}

}  // namespace segue::cli
