#include "orchestrator/lab/verdict.hpp"

#include <fmt/format.h>

#include "nodes/base/units.hpp"

namespace segue::lab {

namespace {

void compare(std::vector<std::string>& reasons, const char* what, std::int64_t value_ns, std::int64_t limit_ns) {
  if (value_ns <= limit_ns) return;
  reasons.push_back(
      fmt::format("{} {:.3f} ms, over {}", what, static_cast<double>(value_ns) / 1e6, to_text(Delay(limit_ns))));
}

}  // namespace

void judge(RunResult& result, const Limits& limits) {
  result.reasons.clear();
  compare(result.reasons, "link lateness p99", result.emulator.p99, limits.emulator_p99_ns);
  compare(result.reasons, "link lateness max", result.emulator.max, limits.emulator_max_ns);
  compare(result.reasons, "timer lateness p99", result.timers.p99, limits.timer_p99_ns);
  compare(result.reasons, "timer lateness max", result.timers.max, limits.timer_max_ns);
  if (result.idle_share < limits.idle_share) {
    result.reasons.push_back(fmt::format("cores idle {:.1f} % of the time, under {:.0f} %", result.idle_share * 100,
                                         limits.idle_share * 100));
  }
  result.verdict = result.reasons.empty() ? "clean" : "tainted";
}

}  // namespace segue::lab
