// What is printed of a call beside the analysis, and where the two are too far apart.
#include <doctest/doctest.h>

#include <limits>

#include "orchestrator/report/beside_text.hpp"
#include "orchestrator/report/disagreement.hpp"

using namespace segue;
using namespace segue::report;

namespace {

Evaluation of(const record::DirectionScore& uplink, const record::DirectionScore& downlink) {
  record::Scorecard card;
  card.outcome = record::Outcome::complete;
  card.verdict = record::Verdict::clean;
  card.uplink = uplink;
  card.downlink = downlink;
  Evaluation evaluation;
  evaluation.repeatable = true;
  evaluation.runs.push_back({.mechanism = "one", .probe = "voip", .handovers = {card, card}});
  config::Mechanism mechanism;
  mechanism.name = "one";
  evaluate(evaluation, {mechanism});
  return evaluation;
}

}  // namespace

TEST_CASE("a figure has its columns where either side has some of it, and both directions a line") {
  const auto text = beside_text(of({.reordered = 3, .interruption_ns = 40'000'000, .expected_interruption_ns = 41.5e6},
                                   {.expected_buffered = 2.5})
                                    .table);
  CHECK(text ==
        "\n"
        "  of a call          interruption [ms]              overtaken                waited\n"
        "  mechanism   way             measured   analytic    measured   analytic   measured   analytic\n"
        "  one         up                 40.00      41.50        3.00       0.00       0.00       0.00\n"
        "  one         down                0.00       0.00        0.00       0.00       0.00       2.50\n");
}

TEST_CASE("of what neither side has nothing is printed") { CHECK(beside_text(of({}, {}).table).empty()); }

TEST_CASE("figures of a call are held to the analysis: packets to one, times to the interval between two") {
  CHECK(
      of({.duplicated = 1, .interruption_ns = 59'000'000, .expected_duplicated = 0.1, .expected_interruption_ns = 40e6},
         {})
          .disagreements.empty());
  const auto all = of({.duplicated = 2, .expected_duplicated = 0.5},
                      {.interruption_ns = 61'000'000, .expected_interruption_ns = 40e6})
                       .disagreements;
  REQUIRE(all.size() == 2);
  CHECK(all[0].find("one: interruption downlink measured 61.00 ms, analysis 40.00 ms") == 0);
  CHECK(all[1].find("one: doubled uplink measured 2.00, analysis 0.50") == 0);
}

TEST_CASE("an interruption without end is told of with the losses, and not again") {
  constexpr double endless = std::numeric_limits<double>::infinity();
  const auto evaluation = of({.lost = 9, .expected_lost = endless, .expected_interruption_ns = endless}, {});
  CHECK(evaluation.disagreements.size() == 1);
  CHECK(beside_text(evaluation.table).find("no end") != std::string::npos);
}
