#include "orchestrator/record/verdict.hpp"

#include <doctest/doctest.h>

using namespace segue;
using namespace segue::record;
using enum Verdict;

namespace {

constexpr std::int64_t ms = 1'000'000;

// Nothing was late in a window from 920 ms to 1,200 ms; the handover started at a second.
Evidence quiet() { return {.begin_ns = 920 * ms, .started_ns = 1000 * ms, .end_ns = 1200 * ms, .links = LateEvents{}}; }

Evidence with_late_link(std::int64_t due_ns, std::int64_t late_ns) {
  Evidence evidence = quiet();
  evidence.links->events = {{due_ns, late_ns}};
  return evidence;
}

Scorecard card(std::uint32_t slot, Verdict verdict) {
  Scorecard card{.slot = slot, .verdict = verdict};
  if (verdict != clean) card.reasons = {std::string("why ") + to_text(verdict)};
  if (verdict == tainted) card.limits = {"timer_lateness"};
  return card;
}

RunResult run(std::vector<Scorecard> handovers) {
  RunResult result;
  result.reasons = {"of an earlier judgement"};
  result.handovers = std::move(handovers);
  judge(result);
  return result;
}

}  // namespace

TEST_CASE("a handover in whose window nothing was late is clean") {
  const Judgement judgement = judge(quiet());
  CHECK(judgement.verdict == clean);
  CHECK(judgement.reasons.empty());
  CHECK(judgement.limits.empty());
}

TEST_CASE("one thing that came later than the limit taints it, and what is as late as the limit does not") {
  CHECK(judge(with_late_link(1000 * ms, ms)).verdict == clean);
  const Judgement judgement = judge(with_late_link(1000 * ms, ms + 1));
  CHECK(judgement.verdict == tainted);
  CHECK(judgement.limits == std::vector<std::string>{"link_lateness"});
}

TEST_CASE("only what meets the window counts: due before its end, and there after its begin") {
  CHECK(judge(with_late_link(900 * ms, 20 * ms)).verdict == clean);
  CHECK(judge(with_late_link(900 * ms, 20 * ms + 1)).verdict == tainted);
  CHECK(judge(with_late_link(1200 * ms - 1, 5 * ms)).verdict == tainted);
  CHECK(judge(with_late_link(1200 * ms, 5 * ms)).verdict == clean);
}

TEST_CASE("the reason is the worst of it, when it was, and whose doing if that is known") {
  Evidence evidence = with_late_link(1012 * ms + 300'000, 7 * ms + 100'000);
  evidence.links->events.push_back({1100 * ms, 2 * ms});
  CHECK(judge(evidence).reasons == std::vector<std::string>{"link engine 7.1 ms late 12.3 ms into the handover"});
  evidence.stolen_ns = 10 * ms;
  evidence.remarks = {"segue-wire runs without real-time priority"};
  CHECK(judge(evidence).reasons ==
        std::vector<std::string>{"link engine 7.1 ms late 12.3 ms into the handover (the hypervisor took 10 ms)",
                                 "segue-wire runs without real-time priority"});
  CHECK(judge(with_late_link(990 * ms, 3 * ms)).reasons.front() ==
        "link engine 3.0 ms late 10.0 ms before the handover");
}

TEST_CASE("timers and cores taint by limits of their own, and a priority that is missing by none") {
  Evidence evidence = quiet();
  evidence.remarks = {"segue-wire runs without real-time priority"};
  CHECK(judge(evidence).verdict == clean);
  evidence.timers.events = {{1001 * ms, 2 * ms}};
  CHECK(judge(evidence).limits == std::vector<std::string>{"timer_lateness"});
  evidence.timers = {};
  evidence.stolen_ns = 10 * ms;  // and nothing was late by it
  CHECK(judge(evidence).verdict == clean);
  evidence.idle_share = 0.04;
  CHECK(judge(evidence).limits == std::vector<std::string>{"cpu_idle"});
  CHECK(judge(evidence).reasons.front() == "cores idle 4.0 % of the time, under 5 %");
}

TEST_CASE("what was not looked at is not known, unless something else taints the handover") {
  Evidence evidence = quiet();
  evidence.links.reset();
  CHECK(judge(evidence).verdict == not_known);
  CHECK(judge(evidence).reasons == std::vector<std::string>{"links: netem does not say how late it was"});
  evidence.timers.events = {{1001 * ms, 2 * ms}};
  CHECK(judge(evidence).verdict == tainted);
}

TEST_CASE("a log that has forgotten what may have met the window does not make it clean") {
  Evidence evidence = quiet();
  evidence.timers.forgotten_ns = 920 * ms;
  CHECK(judge(evidence).verdict == clean);
  evidence.timers.forgotten_ns = 920 * ms + 1;
  CHECK(judge(evidence).verdict == not_known);
  evidence.links->events = {{1001 * ms, 2 * ms}};
  CHECK(judge(evidence).verdict == tainted);
}

TEST_CASE("a log keeps the last of what was late, and knows until when it has forgotten any") {
  LateLog log;
  log.note(from_ns(5), LateLog::least - Nanoseconds{1});
  CHECK(log.events().events.empty());
  for (std::size_t i = 1; i <= LateLog::kept; ++i)
    log.note(from_ns(static_cast<std::int64_t>(i) * 10 * ms), LateLog::least);
  CHECK(log.events().events.size() == LateLog::kept);
  CHECK(log.events().forgotten_ns == 0);
  log.note(from_ns(9999 * ms), Nanoseconds{2 * ms});
  const LateEvents events = log.events();
  CHECK(events.events.size() == LateLog::kept);
  CHECK(events.events.front().due_ns == 20 * ms);
  CHECK(events.events.back().due_ns == 9999 * ms);
  CHECK(events.forgotten_ns == 10 * ms + LateLog::least.count());
}

TEST_CASE("a run is clean if each of its handovers came out clean, if only when made again") {
  const RunResult redone = run({card(0, clean), card(1, tainted), card(1, tainted), card(1, clean), card(2, clean)});
  CHECK(redone.verdict == clean);
  CHECK(redone.reasons.empty());
  CHECK(slots_begun(redone) == 3);
  CHECK(tally(redone) == "3 clean of 5");
  CHECK(judgement_of(redone).limits.empty());
}

TEST_CASE("a run with a handover that was disturbed each time is tainted, and says why and what would help") {
  const RunResult lost = run({card(0, clean), card(1, tainted), card(1, tainted)});
  CHECK(lost.verdict == tainted);
  CHECK(lost.reasons ==
        std::vector<std::string>{"1 of 2 handovers were disturbed each time they were made, 3 in all",
                                 "the last one: why tainted",
                                 "what would help: --clock virtual, or a machine that has its cores to itself"});
  CHECK(judgement_of(lost).limits == std::vector<std::string>{"timer_lateness"});
}

TEST_CASE("a run of which something is not known says so, and tainted comes before it") {
  CHECK(run({card(0, not_known), card(1, clean)}).verdict == not_known);
  CHECK(run({card(0, not_known), card(1, clean)}).reasons == std::vector<std::string>{"why not known"});
  CHECK(run({card(0, not_known), card(1, tainted)}).verdict == tainted);
  CHECK(tally(run({card(0, not_known), card(1, clean)})) == "1 clean, 1 not known of 2");
  CHECK(tally(run({card(0, not_known)})) == "1 not known of 1");
}

TEST_CASE("a lab that is up is judged by the quantiles of its lateness, and of netem nothing is known") {
  const Limits limits;
  const Quantiles on_time{0, limits.emulator_p99_ns, limits.emulator_max_ns, 1000};
  CHECK(judge(on_time, on_time, limits.idle_share).verdict == clean);
  CHECK(judge(std::nullopt, on_time, limits.idle_share).verdict == not_known);
  const auto exceeds = [](const Judgement& judgement, const std::string& limit, const std::string& reason) {
    return judgement.verdict == tainted && judgement.limits == std::vector{limit} && judgement.reasons.size() == 1 &&
           judgement.reasons.front().rfind(reason, 0) == 0;
  };
  const Quantiles late{0, limits.emulator_p99_ns + 1, limits.emulator_max_ns, 1000};
  const Quantiles once{0, limits.emulator_p99_ns, limits.emulator_max_ns + 1, 1000};
  CHECK(exceeds(judge(late, on_time, 1), "link_lateness", "link lateness p99"));
  CHECK(exceeds(judge(once, on_time, 1), "link_lateness", "link lateness max"));
  CHECK(exceeds(judge(on_time, late, 1), "timer_lateness", "timer lateness p99"));
  CHECK(exceeds(judge(on_time, once, 1), "timer_lateness", "timer lateness max"));
  CHECK(exceeds(judge(on_time, on_time, 0), "cpu_idle", "cores idle 0.0 % of the time"));
}
