// Whether the machine left alone what was measured on it: of a handover, of a run, of a lab that is up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nodes/base/late_log.hpp"
#include "orchestrator/record/result.hpp"

namespace segue::record {

// The names of limits, as they are reported.
inline constexpr const char* limit_names[] = {"link_lateness", "timer_lateness", "cpu_idle"};

// One handover. -------------------------------------------------------------------------------------------------------

// What was seen in a handover's window, which begins when the first packet it concerns is sent, some time before the
// handover starts, and ends when the last one can have arrived. Instants of segue::Clock.
struct Evidence {
  std::int64_t begin_ns = 0;
  std::int64_t started_ns = 0;
  std::int64_t end_ns = 0;
  std::optional<LateEvents> links;   // nothing: this engine does not say
  LateEvents timers;                 // the agents': steps, packets of the call, messages since the kernel's stamp
  double idle_share = 1.0;           // of the cores
  std::int64_t stolen_ns = 0;        // what the hypervisor took of them
  std::vector<std::string> remarks;  // what the engine did not get: Engine::remarks()
};

// A handover is tainted by a single thing that came later than this in its window: what comes late once moves the
// completion by no more than that, so a clean handover keeps what is promised of it (1 ms and 1 % of the analysis),
// and of packets that come every 20 ms a millisecond changes the count of one handover in twenty, by one. What is less
// late, and there is some of it everywhere, adds up to tenths of a millisecond.
// Time stolen is no limit of its own: it is the cause of what came late, or of nothing.
struct HandoverLimits {
  std::int64_t late_ns = 1'000'000;
  double idle_share = 0.05;
};

Judgement judge(const Evidence& evidence, const HandoverLimits& limits = {});

Judgement judgement_of(const Scorecard& card);

// A run. --------------------------------------------------------------------------------------------------------------

// How many handovers a run makes at most to have those it was asked for undisturbed.
inline constexpr unsigned attempts_for_each = 3;

// Sets `verdict` and `reasons` by the handovers': clean if each of those begun came out clean, if only at a repetition.
void judge(RunResult& result);

// With the limits that its tainted handovers exceeded, if it is tainted itself.
Judgement judgement_of(const RunResult& result);

// "8 clean of 11": what became of the handovers that were made.
std::string tally(std::size_t clean, std::size_t not_known, std::size_t made);
std::string tally(const RunResult& result);

// How many of the handovers asked for were begun.
std::size_t slots_begun(const RunResult& result);

// A lab that is up. ---------------------------------------------------------------------------------------------------

// Between handovers nothing is measured: these say whether what would be could be believed.
struct Limits {
  std::int64_t emulator_p99_ns = 1'000'000;
  std::int64_t emulator_max_ns = 20'000'000;  // one packet interval
  std::int64_t timer_p99_ns = 1'000'000;
  std::int64_t timer_max_ns = 20'000'000;
  double idle_share = 0.05;
};

// `emulator`: nothing if the engine does not say.
Judgement judge(const std::optional<Quantiles>& emulator, const Quantiles& timers, double idle_share,
                const Limits& limits = {});

}  // namespace segue::record
