#include "orchestrator/record/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nodes/base/units.hpp"

namespace segue::record {

namespace {

constexpr const char* link_limit = limit_names[0];
constexpr const char* timer_limit = limit_names[1];
constexpr const char* idle_limit = limit_names[2];

constexpr const char* links_not_known = "links: netem does not say how late it was";

double ms(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }

void taint(Judgement& judgement, const char* limit, std::string reason) {
  judgement.verdict = Verdict::tainted;
  judgement.reasons.push_back(std::move(reason));
  if (std::find(judgement.limits.begin(), judgement.limits.end(), limit) == judgement.limits.end()) {
    judgement.limits.emplace_back(limit);
  }
}

void cannot_tell(Judgement& judgement, std::string reason) {
  if (judgement.verdict == Verdict::clean) judgement.verdict = Verdict::not_known;
  judgement.reasons.push_back(std::move(reason));
}

void judge_idle(Judgement& judgement, double share, double limit) {
  if (share >= limit) return;
  taint(judgement, idle_limit,
        fmt::format("cores idle {:.1f} % of the time, under {:.0f} %", share * 100, limit * 100));
}

std::string moment_text(std::int64_t ns) {
  return ns < 0 ? fmt::format("{:.1f} ms before the handover", ms(-ns))
                : fmt::format("{:.1f} ms into the handover", ms(ns));
}

// The worst of what was late and met the window; what had been forgotten by then cannot be told.
void judge_late(Judgement& judgement, const Evidence& evidence, const LateEvents& late, const char* who,
                const char* limit, std::int64_t limit_ns) {
  const LateEvent* worst = nullptr;
  for (const LateEvent& event : late.events) {
    const bool within = event.due_ns < evidence.end_ns && event.due_ns + event.late_ns > evidence.begin_ns;
    if (!within || event.late_ns <= limit_ns) continue;
    if (worst == nullptr || event.late_ns > worst->late_ns) worst = &event;
  }
  if (worst != nullptr) {
    std::string reason =
        fmt::format("{} {:.1f} ms late {}", who, ms(worst->late_ns), moment_text(worst->due_ns - evidence.started_ns));
    if (evidence.stolen_ns > 0) reason += fmt::format(" (the hypervisor took {:.0f} ms)", ms(evidence.stolen_ns));
    taint(judgement, limit, std::move(reason));
  } else if (late.forgotten_ns > evidence.begin_ns) {
    cannot_tell(judgement, fmt::format("{}: more was late than it keeps", who));
  }
}

void compare(Judgement& judgement, const char* limit, const char* what, std::int64_t value_ns, std::int64_t limit_ns) {
  if (value_ns <= limit_ns) return;
  taint(judgement, limit, fmt::format("{} {:.3f} ms, over {}", what, ms(value_ns), segue::to_text(Delay(limit_ns))));
}

// By slot, what became of it: the last of several was made because those before it were disturbed.
std::map<std::uint32_t, const Scorecard*> best_of(const std::vector<Scorecard>& handovers) {
  std::map<std::uint32_t, const Scorecard*> best;
  for (const Scorecard& card : handovers) {
    const Scorecard*& held = best[card.slot];
    if (held == nullptr || !in_means(held->verdict)) held = &card;
  }
  return best;
}

}  // namespace

Judgement judge(const Evidence& evidence, const HandoverLimits& limits) {
  Judgement judgement{.verdict = Verdict::clean, .reasons = {}, .limits = {}};
  if (evidence.links) {
    judge_late(judgement, evidence, *evidence.links, "link engine", link_limit, limits.late_ns);
  } else {
    cannot_tell(judgement, links_not_known);
  }
  judge_late(judgement, evidence, evidence.timers, "timers", timer_limit, limits.late_ns);
  judge_idle(judgement, evidence.idle_share, limits.idle_share);
  if (judgement.verdict == Verdict::tainted) {
    judgement.reasons.insert(judgement.reasons.end(), evidence.remarks.begin(), evidence.remarks.end());
  }
  return judgement;
}

void judge(RunResult& result) {
  result.verdict = Verdict::clean;
  result.reasons.clear();
  const Scorecard* unknown = nullptr;
  const Scorecard* disturbed = nullptr;
  std::size_t lost = 0;
  const auto best = best_of(result.handovers);
  for (const auto& [slot, card] : best) {
    if (card->verdict == Verdict::not_known && unknown == nullptr) unknown = card;
    if (in_means(card->verdict)) continue;
    disturbed = card;
    ++lost;
  }
  if (disturbed != nullptr) {
    result.verdict = Verdict::tainted;
    result.reasons.push_back(fmt::format("{} of {} handovers were disturbed each time they were made, {} in all", lost,
                                         best.size(), result.handovers.size()));
    result.reasons.push_back("the last one: " + fmt::format("{}", fmt::join(disturbed->reasons, "; ")));
    result.reasons.emplace_back("what would help: --clock virtual, or a machine that has its cores to itself");
  } else if (unknown != nullptr) {
    result.verdict = Verdict::not_known;
    result.reasons = unknown->reasons;
  }
}

Judgement judgement_of(const Scorecard& card) { return {card.verdict, card.reasons, card.limits}; }

Judgement judgement_of(const RunResult& result) {
  Judgement judgement{result.verdict, result.reasons, {}};
  if (in_means(result.verdict)) return judgement;
  for (const char* name : limit_names) {
    const bool exceeded = std::any_of(result.handovers.begin(), result.handovers.end(), [&](const Scorecard& card) {
      return std::find(card.limits.begin(), card.limits.end(), name) != card.limits.end();
    });
    if (exceeded) judgement.limits.emplace_back(name);
  }
  return judgement;
}

std::string tally(std::size_t clean_ones, std::size_t unknown_ones, std::size_t made) {
  std::string text = fmt::format("{} {}", clean_ones, to_text(Verdict::clean));
  if (unknown_ones > 0) {
    const auto unknown = fmt::format("{} {}", unknown_ones, to_text(Verdict::not_known));
    text = clean_ones > 0 ? text + ", " + unknown : unknown;
  }
  return text + fmt::format(" of {}", made);
}

std::string tally(const RunResult& result) {
  const auto count = [&](Verdict verdict) {
    return static_cast<std::size_t>(std::count_if(result.handovers.begin(), result.handovers.end(),
                                                  [&](const auto& card) { return card.verdict == verdict; }));
  };
  return tally(count(Verdict::clean), count(Verdict::not_known), result.handovers.size());
}

std::size_t slots_begun(const RunResult& result) { return best_of(result.handovers).size(); }

Judgement judge(const std::optional<Quantiles>& emulator, const Quantiles& timers, double idle_share,
                const Limits& limits) {
  Judgement judgement{.verdict = Verdict::clean, .reasons = {}, .limits = {}};
  if (emulator) {
    compare(judgement, link_limit, "link lateness p99", emulator->p99, limits.emulator_p99_ns);
    compare(judgement, link_limit, "link lateness max", emulator->max, limits.emulator_max_ns);
  } else {
    cannot_tell(judgement, links_not_known);
  }
  compare(judgement, timer_limit, "timer lateness p99", timers.p99, limits.timer_p99_ns);
  compare(judgement, timer_limit, "timer lateness max", timers.max, limits.timer_max_ns);
  judge_idle(judgement, idle_share, limits.idle_share);
  return judgement;
}

}  // namespace segue::record
