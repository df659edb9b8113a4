#include "orchestrator/campaign/statistics.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "nodes/base/units.hpp"
#include "tests/unit/campaign/tools.hpp"

using namespace segue;
using namespace segue::campaign;
using namespace segue::test;
using doctest::Approx;

namespace {

record::RunResult run_with(const std::vector<double>& completion_s, const std::vector<std::uint64_t>& lost = {}) {
  record::RunResult result{.probe = "voip", .verdict = record::Verdict::clean};
  for (std::size_t i = 0; i < completion_s.size(); ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    record::Scorecard card{
        .index = number, .slot = number, .verdict = record::Verdict::clean, .outcome = record::Outcome::complete};
    card.completion_ns = std::llround(completion_s[i] * 1e9);
    card.expected_completion_ns = 1'000'000'000;
    if (!lost.empty()) card.downlink.lost = lost[i];
    result.handovers.push_back(card);
  }
  return result;
}

constexpr const char* two =
    "mechanisms = [\"prompt-scheduled\", \"prompt-unscheduled\"]\nprobes = [\"voip\"]\nhandovers = 10\n";

}  // namespace

TEST_CASE("mechanisms are compared in pairs: Student's sleep data has the published interval") {
  // Student (1908): additional hours of sleep of ten patients under two drugs; R's t.test(paired = TRUE) gives a mean
  // difference of 1.58, and 0.7001142 to 2.4598858.
  const std::vector<double> dextro{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
  const std::vector<double> laevo{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
  const Scratch scratch;
  const auto plan = plan_of(scratch, two);
  Statistics statistics(plan);
  statistics.add({.cell = 0}, run_with(dextro));
  statistics.add({.cell = 1}, run_with(laevo));
  const auto comparisons = statistics.comparisons();
  REQUIRE(comparisons.size() == 1);
  const auto& difference = comparisons[0].difference[0];
  CHECK(difference.n == 10);
  CHECK(difference.mean == Approx(1.58));
  CHECK(difference.mean - difference.ci95 == Approx(0.7001142).epsilon(1e-6));
  CHECK(difference.mean + difference.ci95 == Approx(2.4598858).epsilon(1e-6));
}

TEST_CASE("pairs share a seed and a slot: what has no partner is in no pair") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, std::string(two) + "repetitions = 2\n");
  Statistics statistics(plan);
  auto first = run_with({1.0, 2.0});
  first.handovers[1].outcome = record::Outcome::failed;
  statistics.add({.cell = 0, .repetition = 1}, first);
  statistics.add({.cell = 1, .repetition = 1}, run_with({1.5, 9.0}));
  statistics.add({.cell = 1, .repetition = 2}, run_with({7.0}));
  const auto difference = statistics.comparisons().at(0).difference[0];
  CHECK(difference.n == 1);
  CHECK(difference.mean == Approx(0.5));
  CHECK(statistics.cells()[0].failed_handovers == 1);
}

TEST_CASE("a handover that was made again is paired as itself, and what was tainted is in no mean") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, two);
  Statistics statistics(plan);
  auto redone = run_with({1.0, 50.0, 2.0, 3.0});  // the second was made again
  redone.handovers[1].verdict = record::Verdict::tainted;
  redone.handovers[2].slot = 1;
  redone.handovers[3].slot = 2;
  statistics.add({.cell = 0}, redone);
  statistics.add({.cell = 1}, run_with({1.5, 2.5, 3.5}));
  const auto difference = statistics.comparisons().at(0).difference[0];
  CHECK(difference.n == 3);
  CHECK(difference.mean == Approx(0.5));
  CHECK(difference.max == Approx(0.5));
  CHECK(report::summarise(statistics.values(0, Metric::completion)).mean == Approx(2.0));
  CHECK(to_text(plan, statistics).find("3 clean of 4") != std::string::npos);
}

TEST_CASE("what is paired is told by its slot, and not by how many came before it") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, two);
  Statistics statistics(plan);
  auto first = run_with({1.0, 2.0, 3.0});
  first.handovers[0].outcome = record::Outcome::failed;
  statistics.add({.cell = 0}, first);
  statistics.add({.cell = 1}, run_with({9.0, 2.5, 3.5}));
  const auto difference = statistics.comparisons().at(0).difference[0];
  CHECK(difference.n == 2);
  CHECK(difference.mean == Approx(0.5));
}

TEST_CASE("what is not known is in the means, and is called so") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, two);
  Statistics statistics(plan);
  auto run = run_with({1.0, 3.0});
  run.verdict = record::Verdict::not_known;
  for (auto& card : run.handovers) card.verdict = record::Verdict::not_known;
  statistics.add({.cell = 0}, run);
  CHECK(statistics.cells()[0].clean == 0);
  CHECK(statistics.cells()[0].not_known == 1);
  CHECK(report::summarise(statistics.values(0, Metric::completion)).mean == Approx(2.0));
  CHECK(to_text(plan, statistics).find("2 not known of 2") != std::string::npos);
}

TEST_CASE("tainted runs and failed handovers are counted, and in no mean") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, std::string(two) + "repetitions = 3\n");
  Statistics statistics(plan);
  statistics.add({.cell = 0, .repetition = 1}, run_with({1.0, 3.0}));
  auto tainted = run_with({100.0});
  tainted.verdict = record::Verdict::tainted;
  statistics.add({.cell = 0, .repetition = 2}, tainted);
  statistics.add_failed({.cell = 0, .repetition = 3});
  CHECK(report::summarise(statistics.values(0, Metric::completion)).mean == Approx(2.0));
  CHECK(statistics.cells()[0].clean == 1);
  CHECK(statistics.cells()[0].tainted == 1);
  CHECK(statistics.cells()[0].failed == 1);
}

TEST_CASE("losses on completion are one straight line through all voip handovers") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, two);
  Statistics statistics(plan);
  statistics.add({.cell = 0}, run_with({0.1, 0.2}, {6, 11}));
  statistics.add({.cell = 1}, run_with({0.3, 0.4}, {16, 21}));
  const auto line = statistics.losses_on_completion();
  CHECK(line.n == 4);
  CHECK(line.slope == Approx(50.0));
  CHECK(line.intercept == Approx(1.0));
}

TEST_CASE("the crossing is the largest swept value below the limit, and where the straight line meets it") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, std::string(two) +
                                         "[sweep]\nlinks.map-ar1.delay = [\"10ms\", \"5ms\", \"15ms\"]\n"
                                         "[crossing]\nlimit = \"50ms\"\nalong = \"links.map-ar1.delay\"\n");
  Statistics statistics(plan);
  for (std::size_t cell = 0; cell < 6; ++cell) {
    const double delay = static_cast<double>(parse_delay(plan.cells[cell].values[0]).count()) / 1e9;
    // Four crossings and 8 ms; or half a second, always.
    statistics.add({.cell = cell}, run_with({plan.cells[cell].mechanism == 0 ? 4 * delay + 0.008 : 0.5}));
  }
  const auto crossings = statistics.crossings();
  REQUIRE(crossings.size() == 2);
  CHECK(crossings[0].largest == "10ms");
  REQUIRE(crossings[0].fitted);
  CHECK(*crossings[0].fitted == Approx(0.0105));
  CHECK(!crossings[0].expected);  // the same whatever the delay: it meets nothing
  CHECK(!crossings[1].largest);
  CHECK(!crossings[1].fitted);
}
