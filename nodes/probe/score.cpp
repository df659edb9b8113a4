#include "nodes/probe/score.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <limits>
#include <numeric>
#include <optional>

namespace segue::probe {

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();

struct Arrival {
  std::size_t index;  // in `sent`
  std::int64_t received_ns;
  std::int64_t delay_ns;
};

// The least delay of the last while, of arrivals in their order: those that a later one is below are forgotten.
class RecentDelays {
 public:
  explicit RecentDelays(std::int64_t span_ns) : span_ns_(span_ns) {}

  std::int64_t least_at(const Arrival& arrival) {
    while (!kept_.empty() && kept_.front().received_ns < arrival.received_ns - span_ns_) kept_.pop_front();
    while (!kept_.empty() && kept_.back().delay_ns >= arrival.delay_ns) kept_.pop_back();
    kept_.push_back(arrival);
    return kept_.front().delay_ns;
  }

 private:
  std::int64_t span_ns_;
  std::deque<Arrival> kept_;
};

// One direction of a call while it is scored. Scores are kept by owner: one each window, then `outside`.
class Scoring {
 public:
  Scoring(std::span<const Sent> sent, std::span<const Received> received, std::span<const Window> windows,
          const ScoreOptions& options)
      : sent_(sent),
        options_(options),
        scores_(windows.size() + 1),
        arrived_(sent.size(), never),
        late_(sent.size(), false),
        reordered_(sent.size(), false) {
    find_owners(windows);
    take_arrivals(received);
    find_delays();
    find_bursts();
    find_interruptions();
  }

  Attribution result() && {
    Attribution result;
    result.outside = scores_.back();
    scores_.pop_back();
    result.windows = std::move(scores_);
    result.packets.reserve(sent_.size());
    for (std::size_t i = 0; i < sent_.size(); ++i) {
      const bool outside = owners_[i] == result.windows.size();
      result.packets.push_back(
          {outside ? std::nullopt : std::optional(owners_[i]), arrived_[i] != never, late_[i], reordered_[i]});
    }
    return result;
  }

 private:
  void find_owners(std::span<const Window> windows) {
    owners_.reserve(sent_.size());
    const bool in_order =
        std::ranges::is_sorted(windows, {}, &Window::begin_ns) && std::ranges::is_sorted(windows, {}, &Window::end_ns);
    for (const Sent& packet : sent_) {
      auto found = windows.begin();
      if (in_order) found = std::ranges::upper_bound(windows, packet.sent_ns, {}, &Window::end_ns);
      const auto holds = [&](const Window& window) { return window.contains(packet.sent_ns); };
      if (!in_order) found = std::ranges::find_if(windows, holds);
      if (found != windows.end() && !holds(*found)) found = windows.end();
      owners_.push_back(static_cast<std::size_t>(found - windows.begin()));
      ++scores_[owners_.back()].sent;
    }
  }

  std::optional<std::size_t> index_of(std::uint64_t sequence) const {
    const auto found = std::ranges::lower_bound(sent_, sequence, {}, &Sent::sequence);
    if (found == sent_.end() || found->sequence != sequence) return std::nullopt;
    return static_cast<std::size_t>(found - sent_.begin());
  }

  // Duplicates, reordering (RFC 4737 section 3: by the first copies), losses.
  void take_arrivals(std::span<const Received> received) {
    std::uint64_t next_expected = 0;
    for (const Received& packet : received) {
      const auto index = index_of(packet.sequence);
      if (!index) continue;
      FlowScore& score = scores_[owners_[*index]];
      if (arrived_[*index] != never) {
        ++score.duplicated;
        continue;
      }
      arrived_[*index] = packet.received_ns;
      arrivals_.push_back({*index, packet.received_ns, packet.received_ns - packet.sent_ns});
      if (packet.sequence < next_expected) {
        ++score.reordered;
        reordered_[*index] = true;
      } else {
        next_expected = packet.sequence + 1;
      }
    }
    for (std::size_t i = 0; i < sent_.size(); ++i) {
      if (arrived_[i] == never) ++scores_[owners_[i]].lost;
    }
  }

  void find_delays() {
    if (arrivals_.empty()) return;
    least_delay_ = std::ranges::min_element(arrivals_, {}, &Arrival::delay_ns)->delay_ns;
    std::vector<std::vector<std::int64_t>> delays(scores_.size());
    std::vector<double> jitter(scores_.size(), 0.0);
    RecentDelays recent(options_.adaptation_ns);
    for (const Arrival& arrival : arrivals_) {
      const std::size_t owner = owners_[arrival.index];
      if (!delays[owner].empty()) {
        // D(i-1, i) of RFC 3550 is the difference of both one-way delays.
        const auto change = static_cast<double>(std::abs(arrival.delay_ns - delays[owner].back()));
        jitter[owner] += (change - jitter[owner]) / 16.0;
      }
      delays[owner].push_back(arrival.delay_ns);
      if (arrival.delay_ns > recent.least_at(arrival) + options_.playout_ns) {
        ++scores_[owner].late;
        late_[arrival.index] = true;
      }
    }
    for (std::size_t owner = 0; owner < scores_.size(); ++owner) {
      describe(delays[owner], scores_[owner]);
      scores_[owner].jitter_ns = std::llround(jitter[owner]);
    }
  }

  static void describe(std::vector<std::int64_t>& delays, FlowScore& score) {
    if (delays.empty()) return;
    std::ranges::sort(delays);
    const auto rank = [&](std::size_t percent) { return delays[(delays.size() * percent + 99) / 100 - 1]; };
    score.delay_min_ns = delays.front();
    score.delay_mean_ns =
        std::accumulate(delays.begin(), delays.end(), std::int64_t{0}) / static_cast<std::int64_t>(delays.size());
    score.delay_p50_ns = rank(50);
    score.delay_p99_ns = rank(99);
    score.delay_max_ns = delays.back();
  }

  void find_bursts() {
    std::vector<std::uint64_t> runs(scores_.size(), 0);
    std::optional<std::size_t> running;  // the owner of the run that goes on
    for (std::size_t i = 0; i < sent_.size(); ++i) {
      const bool missed = arrived_[i] == never || late_[i];
      if (missed && running != owners_[i]) ++runs[owners_[i]];
      running = missed ? std::optional(owners_[i]) : std::nullopt;
    }
    for (std::size_t owner = 0; owner < scores_.size(); ++owner) {
      FlowScore& score = scores_[owner];
      if (runs[owner] == 0) continue;
      const double mean_run = static_cast<double>(score.lost + score.late) / static_cast<double>(runs[owner]);
      score.burst_ratio = std::max(1.0, mean_run * (1.0 - score.miss_ratio()));
    }
  }

  void find_interruptions() {
    if (sent_.empty()) return;
    // Kernel stamps are turned into instants one by one and may change places by nanoseconds.
    std::ranges::stable_sort(arrivals_, {}, &Arrival::received_ns);
    const std::int64_t begin = sent_.front().sent_ns + least_delay_ - options_.interval_ns;
    const std::int64_t end = sent_.back().sent_ns + least_delay_ + options_.interval_ns;
    if (arrivals_.empty()) {
      note_losses(0, sent_.size(), end - begin);
      return;
    }
    const auto [lowest, highest] = std::ranges::minmax_element(arrivals_, {}, &Arrival::index);
    note_losses(0, lowest->index, arrivals_.front().received_ns - begin);
    note_losses(highest->index + 1, sent_.size(), end - arrivals_.back().received_ns);
    for (std::size_t i = 1; i < arrivals_.size(); ++i) {
      const Arrival& before = arrivals_[i - 1];
      const Arrival& after = arrivals_[i];
      const std::int64_t gap = after.received_ns - before.received_ns;
      if (gap <= options_.interval_ns) continue;
      const auto [low, high] = std::minmax(before.index, after.index);
      if (!note_losses(low + 1, high, gap)) note(owners_[after.index], gap);
    }
  }

  // Puts `gap` down to every owner of a packet lost among [from, to). False if none was lost.
  bool note_losses(std::size_t from, std::size_t to, std::int64_t gap) {
    bool any = false;
    for (std::size_t i = from; i < to; ++i) {
      if (arrived_[i] != never) continue;
      note(owners_[i], gap);
      any = true;
    }
    return any;
  }

  void note(std::size_t owner, std::int64_t gap) {
    auto& longest = scores_[owner].interruption_ns;
    longest = std::max(longest, gap - options_.interval_ns);
  }

  std::span<const Sent> sent_;
  ScoreOptions options_;
  std::vector<FlowScore> scores_;
  std::vector<std::int64_t> arrived_;  // by index in `sent_`
  std::vector<std::size_t> owners_;    // by index in `sent_`
  std::vector<bool> late_;             // by index in `sent_`
  std::vector<bool> reordered_;        // by index in `sent_`
  std::vector<Arrival> arrivals_;      // first copies
  std::int64_t least_delay_ = 0;
};

}  // namespace

Attribution attribute(std::span<const Sent> sent, std::span<const Received> received, std::span<const Window> windows,
                      const ScoreOptions& options) {
  return Scoring(sent, received, windows, options).result();
}

FlowScore score(std::span<const Sent> sent, std::span<const Received> received, const Window& window,
                const ScoreOptions& options) {
  return attribute(sent, received, std::span(&window, 1), options).windows.front();
}

FlowScore score(std::span<const Sent> sent, std::span<const Received> received, const ScoreOptions& options) {
  return attribute(sent, received, {}, options).outside;
}

}  // namespace segue::probe
