#include "orchestrator/lab/verdict.hpp"

#include <fmt/format.h>

#include <utility>

#include "nodes/base/units.hpp"

namespace segue::lab {

namespace {

bool compare(std::vector<std::string>& reasons, const char* what, std::int64_t value_ns, std::int64_t limit_ns) {
  if (value_ns <= limit_ns) return false;
  reasons.push_back(
      fmt::format("{} {:.3f} ms, over {}", what, static_cast<double>(value_ns) / 1e6, to_text(Delay(limit_ns))));
  return true;
}

}  // namespace

Verdict judge(const Quantiles& emulator, const Quantiles& timers, double idle_share, const Limits& limits) {
  Verdict verdict;
  const bool link_p99 = compare(verdict.reasons, "link lateness p99", emulator.p99, limits.emulator_p99_ns);
  const bool link_max = compare(verdict.reasons, "link lateness max", emulator.max, limits.emulator_max_ns);
  if (link_p99 || link_max) verdict.limits.emplace_back(limit_names[0]);
  const bool timer_p99 = compare(verdict.reasons, "timer lateness p99", timers.p99, limits.timer_p99_ns);
  const bool timer_max = compare(verdict.reasons, "timer lateness max", timers.max, limits.timer_max_ns);
  if (timer_p99 || timer_max) verdict.limits.emplace_back(limit_names[1]);
  if (idle_share < limits.idle_share) {
    verdict.reasons.push_back(
        fmt::format("cores idle {:.1f} % of the time, under {:.0f} %", idle_share * 100, limits.idle_share * 100));
    verdict.limits.emplace_back(limit_names[2]);
  }
  verdict.verdict = verdict.reasons.empty() ? "clean" : "tainted";
  return verdict;
}

void judge(RunResult& result, const Limits& limits) {
  Verdict verdict = judge(result.emulator, result.timers, result.idle_share, limits);
  result.verdict = std::move(verdict.verdict);
  result.reasons = std::move(verdict.reasons);
}

}  // namespace segue::lab
