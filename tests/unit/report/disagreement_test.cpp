#include "orchestrator/report/disagreement.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace segue;
using namespace segue::report;

namespace {

// A run of handovers with these completions and losses, beside what the analysis says of each.
record::Scorecard card(std::int64_t completion_ms, std::int64_t expected_ms, unsigned lost, double expected_lost) {
  record::Scorecard card;
  card.verdict = record::Verdict::clean;
  card.outcome = record::Outcome::complete;
  card.completion_ns = completion_ms * 1'000'000;
  card.expected_completion_ns = expected_ms * 1'000'000;
  card.uplink.lost = lost;
  card.uplink.expected_lost = expected_lost;
  return card;
}

Evaluation evaluated(std::vector<record::Scorecard> cards, bool computed = true) {
  record::RunResult run;
  run.mechanism = "m";
  run.probe = "voip";
  run.handovers = std::move(cards);
  Evaluation evaluation{.repeatable = computed};
  evaluation.runs = {run};
  config::Mechanism mechanism;
  mechanism.name = "m";
  evaluate(evaluation, {mechanism});
  return evaluation;
}

}  // namespace

TEST_CASE("the analytic column is the mean over the handovers of the measured mean, and not that of the last one") {
  auto failed = card(0, 500, 0, 50);
  failed.outcome = record::Outcome::failed;
  auto tainted = card(900, 500, 9, 50);
  tainted.verdict = record::Verdict::tainted;
  const auto evaluation = evaluated({card(71, 71, 5, 5.1), card(12, 12, 1, 0.9), failed, tainted});
  CHECK(evaluation.table[0].completion_s.expected == doctest::Approx(0.0415));
  CHECK(evaluation.table[0].lost_uplink.expected == doctest::Approx(3.0));
  CHECK(evaluation.disagreements.empty());
  // Where nothing was measured there is still an analysis.
  CHECK(evaluated({tainted}).table[0].completion_s.expected == doctest::Approx(0.5));
}

TEST_CASE("what is measured and what is calculated may differ by a phase, and in real time by waking up") {
  CHECK(evaluated({card(48, 48, 3, 2.4)}).disagreements.empty());
  CHECK(evaluated({card(49, 48, 2, 2.4)}, false).disagreements.empty());
  REQUIRE(evaluated({card(49, 48, 2, 2.4)}).disagreements.size() == 1);
  CHECK(evaluated({card(49, 48, 2, 2.4)}).disagreements[0] ==
        "m: completion measured 49.00 ms, analysis 48.00 ms: the analysis does not know something that this lab does");
  const auto lost = evaluated({card(48, 48, 7, 1.1)}).disagreements;
  REQUIRE(lost.size() == 1);
  CHECK(lost[0] ==
        "m: lost uplink measured 7.00, analysis 1.10: the analysis does not know something that this lab does");
}

TEST_CASE("an outage without end that ended is a disagreement") {
  const auto endless = evaluated({card(48, 48, 3, std::numeric_limits<double>::infinity())});
  CHECK(std::isinf(endless.table[0].lost_uplink.expected));
  REQUIRE(endless.disagreements.size() == 1);
  CHECK(endless.disagreements[0].find("analysis without end") != std::string::npos);
}

TEST_CASE("what the analysis leaves out of a lab is named by link") {
  config::Topology topology;
  topology.links.resize(2);
  topology.links[0].name = "plain";
  topology.links[1].name = "radio";
  topology.links[1].a_to_b.loss.value = 0.01;
  topology.links[1].b_to_a.jitter = Delay(1'000'000);
  topology.links[1].b_to_a.rate.bits_per_second = 1'000'000;
  const auto left_out = left_out_of_analysis(topology);
  REQUIRE(left_out.size() == 1);
  CHECK(left_out[0] == "loss, jitter, queueing at a rate of radio");
}

TEST_CASE("a mean of equal values is that value, to the bit") {
  RunningMean mean;
  CHECK(std::isnan(mean.value()));
  for (int i = 0; i < 7; ++i) mean.add(0.1);
  CHECK(mean.value() == 0.1);
  mean.add(std::numeric_limits<double>::infinity());
  mean.add(1);
  CHECK(std::isinf(mean.value()));
}
