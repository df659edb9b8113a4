// Whether the machine kept up with what a run asked of it.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/lab/result.hpp"

namespace segue::lab {

// A run outside one of these is tainted: shown, and kept out of the statistics. The paper's handovers last 48 ms and
// more, and packets come every 20 ms: an emulator that is a millisecond late at the 99th percentile changes no count of
// packets by more than one in twenty, and no completion of eight messages by more than what "1 ms + 1 %" allows.
struct Limits {
  std::int64_t emulator_p99_ns = 1'000'000;
  std::int64_t emulator_max_ns = 20'000'000;  // one packet interval
  std::int64_t timer_p99_ns = 1'000'000;
  std::int64_t timer_max_ns = 20'000'000;
  double idle_share = 0.05;
};

// The names of limits, as they are reported.
inline constexpr const char* limit_names[] = {"link_lateness", "timer_lateness", "cpu_idle"};

Verdict judge(const Quantiles& emulator, const Quantiles& timers, double idle_share, const Limits& limits = {});

// Sets `verdict` and `reasons`.
void judge(RunResult& result, const Limits& limits = {});

}  // namespace segue::lab
