#include "orchestrator/report/evaluation.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

using namespace segue;
using namespace segue::report;
using nlohmann::json;
using record::RunResult;
using record::Scorecard;
using namespace std::chrono_literals;

namespace {

Scorecard card(std::int64_t completion_ms, std::uint64_t up, std::uint64_t down) {
  Scorecard card{.verdict = record::Verdict::clean,
                 .outcome = record::Outcome::complete,
                 .completion_ns = completion_ms * 1'000'000,
                 .expected_completion_ns = 48'000'000};
  card.uplink = {.sent = 100, .lost = up, .expected_lost = 2.4};
  card.downlink = {.sent = 100, .lost = down, .expected_lost = 2.9};
  card.route_actions_ns = {40'000, 60'000};
  return card;
}

RunResult run(const std::string& mechanism, std::vector<Scorecard> handovers) {
  RunResult run{.mechanism = mechanism, .probe = "voip", .engine = "wire", .verdict = record::Verdict::clean};
  run.experiment_ns = 40'000'000'000;
  run.handovers = std::move(handovers);
  return run;
}

config::Mechanism mechanism(const std::string& name) {
  config::Mechanism mechanism;
  mechanism.name = name;
  mechanism.title = "Title of " + name;
  return mechanism;
}

Evaluation evaluation_of(std::vector<RunResult> runs, const std::vector<config::Mechanism>& mechanisms) {
  Evaluation evaluation{.lab = "lab", .title = "A lab", .links = "wire", .seed = 1};
  evaluation.runs = std::move(runs);
  evaluate(evaluation, mechanisms);
  return evaluation;
}

}  // namespace

TEST_CASE("a row is the mean over a mechanism's handovers, beside its analysis and what was published") {
  auto one = mechanism("one");
  one.reference.completion = 48ms;
  one.reference.completion_error = 1ms;
  one.reference.lost_uplink = 8;
  const auto evaluation =
      evaluation_of({run("one", {card(47, 2, 3), card(49, 3, 3)}), run("two", {card(900, 9, 9)})}, {one});
  REQUIRE(evaluation.table.size() == 1);
  const Row& row = evaluation.table[0];
  CHECK(row.completion_s.measured.n == 2);
  CHECK(row.completion_s.measured.mean == doctest::Approx(0.048));
  CHECK(row.completion_s.expected == doctest::Approx(0.048));
  CHECK(row.completion_s.reference == doctest::Approx(0.048));
  CHECK(row.completion_s.reference_error == doctest::Approx(0.001));
  CHECK(row.lost_uplink.measured.mean == doctest::Approx(2.5));
  CHECK(row.lost_uplink.reference == 8);
  CHECK(row.lost_downlink.measured.mean == 3);
  CHECK(std::isnan(row.lost_downlink.reference));
}

TEST_CASE("tainted and failed handovers are counted and kept out of the means") {
  auto tainted = card(300, 30, 30);
  tainted.verdict = record::Verdict::tainted;
  tainted.reasons = {"timers 7.1 ms late 12.3 ms into the handover"};
  tainted.route_actions_ns = {9'000'000};
  auto failed = card(0, 100, 100);
  failed.outcome = record::Outcome::failed;
  failed.failure = "step 3 \"command\" at mn: it did not come";
  const auto evaluation = evaluation_of({run("one", {card(48, 2, 3), failed, tainted})}, {mechanism("one")});
  const Row& row = evaluation.table[0];
  CHECK(row.completion_s.measured.n == 1);
  CHECK(row.completion_s.measured.mean == doctest::Approx(0.048));
  CHECK(row.lost_uplink.measured.mean == 2);
  CHECK(row.failed == 1);
  CHECK(row.tainted == 1);
  CHECK(row.handovers == 3);
  CHECK(evaluation.losses_on_completion.n == 1);
  CHECK(evaluation.route_action_netlink_ns.max == 60'000);
  const std::string text = to_text(evaluation);
  CHECK(text.find("failed: one, voip #1: step 3 \"command\" at mn: it did not come") != std::string::npos);
  CHECK(text.find("2 clean of 3") != std::string::npos);
  CHECK(text.find("tainted: one, voip #1: timers 7.1 ms late 12.3 ms into the handover") != std::string::npos);
}

TEST_CASE("what a person reads is numbered from 1") {
  auto failed = card(0, 100, 100);
  failed.index = 2;
  failed.outcome = record::Outcome::failed;
  failed.failure = "it did not come";
  const auto evaluation = evaluation_of({run("one", {card(48, 2, 3), card(48, 2, 3), failed})}, {mechanism("one")});
  CHECK(to_text(evaluation).find("failed: one, voip #3: it did not come") != std::string::npos);
  CHECK(json::parse(to_json(evaluation)).at("runs").at(0).at("handovers").at(2).at("index") == 2);
}

TEST_CASE("a run of which no handover completed is told from one of which some did") {
  auto failed = card(0, 100, 100);
  failed.outcome = record::Outcome::failed;
  auto tainted = card(48, 2, 3);
  tainted.verdict = record::Verdict::tainted;
  CHECK(none_completed(run("one", {failed, failed})));
  CHECK_FALSE(none_completed(run("one", {failed, card(48, 2, 3)})));
  CHECK_FALSE(none_completed(run("one", {failed, tainted})));
  CHECK_FALSE(none_completed(run("one", {})));
  const auto evaluation = evaluation_of({run("one", {failed})}, {mechanism("one")});
  CHECK(to_text(evaluation).find("failed: one, voip: none of its handovers completed") != std::string::npos);
}

TEST_CASE("only a lab with published figures has a column for them, and the line through them") {
  auto one = mechanism("one");
  auto two = mechanism("two");
  const std::vector<RunResult> runs{run("one", {card(48, 2, 8)}), run("two", {card(100, 4, 10)})};
  CHECK(to_text(evaluation_of(runs, {one, two})).find("paper") == std::string::npos);
  CHECK(to_text(evaluation_of(runs, {one, two})).find("published") == std::string::npos);
  one.reference.completion = 50ms;
  auto text = to_text(evaluation_of(runs, {one, two}));
  std::size_t columns = 0;
  for (auto at = text.find("paper"); at != std::string::npos; at = text.find("paper", at + 1)) ++columns;
  CHECK(columns == 1);  // of the completion alone
  CHECK(text.find("published") == std::string::npos);
  one.reference.lost_downlink = 7;
  two.reference.completion = 100ms;
  two.reference.lost_downlink = 9;
  text = to_text(evaluation_of(runs, {one, two}));
  CHECK(text.find("; as published 5.00 packets + 40.00 per second\n") != std::string::npos);
}

TEST_CASE("what cannot be said of a regression or of route actions is left out") {
  auto first = card(40, 2, 3);
  auto second = card(80, 2, 3);
  first.route_actions_ns = second.route_actions_ns = {3, 4};
  const auto text = to_text(evaluation_of({run("one", {first, second})}, {mechanism("one")}));
  CHECK(text.find("losses on completion (downlink): 3.00 packets + 0.00 per second\n") != std::string::npos);
  CHECK(text.find("nan") == std::string::npos);
  CHECK(text.find("route actions") == std::string::npos);
}

TEST_CASE("handovers of which it is not known what disturbed them are in the means, and called so") {
  auto unknown = run("one", {card(48, 2, 3), card(50, 2, 3)});
  unknown.verdict = record::Verdict::not_known;
  for (auto& one : unknown.handovers) one.verdict = record::Verdict::not_known;
  const auto evaluation = evaluation_of({unknown}, {mechanism("one")});
  CHECK(evaluation.table[0].completion_s.measured.n == 2);
  CHECK(evaluation.table[0].not_known == 2);
  CHECK(evaluation.table[0].clean == 0);
  CHECK(to_text(evaluation).find("2 not known of 2") != std::string::npos);
}

TEST_CASE("a bin that a tainted handover touches, or the way back after it, is neither between handovers nor at one") {
  auto flow = run("one", {card(500, 0, 0), card(500, 0, 0)});
  flow.probe = "iperf-udp";
  flow.handovers[0].verdict = record::Verdict::tainted;
  flow.handovers[0].started_ns = 5'000'000'000;
  flow.handovers[0].window_end_ns = 7'000'000'000;
  flow.handovers[1].started_ns = 12'000'000'000;
  for (std::int64_t t = 0; t < 40; ++t) {
    const std::uint64_t rate = t < 10 || t >= 18 ? 1'000'000 : 0;  // 5 s to 9 s: the recovery from the way back
    flow.throughput.push_back({t * 500'000'000, 500'000'000, t == 24 ? 500'000 : rate, 0, 0});
  }
  const auto evaluation = evaluation_of({flow}, {mechanism("one")});
  CHECK(evaluation.throughput[0].between_bps.min == 1e6);
  CHECK(evaluation.throughput[0].lowest_bps == 5e5);
}

TEST_CASE("runs with iperf count for the completion, not for the losses") {
  auto flow = run("one", {card(50, 0, 0)});
  flow.probe = "iperf-udp";
  const auto evaluation = evaluation_of({run("one", {card(48, 2, 3)}), flow}, {mechanism("one")});
  CHECK(evaluation.table[0].completion_s.measured.n == 2);
  CHECK(evaluation.table[0].lost_uplink.measured.n == 1);
}

TEST_CASE("the line of downlink losses over completion finds what a testbed loses by its own") {
  // 50 packets a second, and five at every handover that are nobody's.
  const auto evaluation =
      evaluation_of({run("one", {card(40, 2, 7), card(80, 4, 9)}), run("two", {card(1000, 50, 55)})},
                    {mechanism("one"), mechanism("two")});
  CHECK(evaluation.losses_on_completion.intercept == doctest::Approx(5));
  CHECK(evaluation.losses_on_completion.slope == doctest::Approx(50));
}

TEST_CASE("route actions by netlink and by commands are kept apart") {
  auto commands = mechanism("commands");
  commands.routes_by_ip = true;
  auto slow = card(60, 3, 3);
  slow.route_actions_ns = {5'000'000};
  const auto evaluation =
      evaluation_of({run("native", {card(48, 2, 3)}), run("commands", {slow})}, {mechanism("native"), commands});
  CHECK(evaluation.route_action_netlink_ns.median == 50'000);
  CHECK(evaluation.route_action_command_ns.median == 5'000'000);
  const std::string text = to_text(evaluation);
  CHECK(text.find("route actions by netlink: median 50.0 us") != std::string::npos);
  CHECK(text.find("route actions by commands: median 5000.0 us") != std::string::npos);
}

TEST_CASE(
    "throughput between handovers leaves out slow start, handovers, what TCP needs after them, and the last bin") {
  auto flow = run("one", {});
  flow.probe = "iperf-tcp";
  flow.handovers = {card(500, 0, 0)};
  flow.handovers[0].started_ns = 5'000'000'000;
  for (std::int64_t t = 0; t < 24; ++t) {
    const bool at_handover = t == 10;
    flow.throughput.push_back({t * 500'000'000, 500'000'000, at_handover ? 0U : 1'000'000U, 0, 0});
  }
  flow.throughput.front().bits_per_second = 9'000'000;
  flow.throughput.back().bits_per_second = 1;
  const auto evaluation = evaluation_of({flow}, {mechanism("one")});
  REQUIRE(evaluation.throughput.size() == 1);
  CHECK(evaluation.throughput[0].between_bps.min == 1e6);
  CHECK(evaluation.throughput[0].between_bps.max == 1e6);
  CHECK(evaluation.throughput[0].between_bps.n == 6 + 8);  // 2 s to 5 s, 7.5 s to 11.5 s
  CHECK(evaluation.throughput[0].lowest_bps == 0);
}

TEST_CASE("an evaluation of nothing has no numbers, and says so without one") {
  const auto evaluation = evaluation_of({}, {mechanism("one")});
  CHECK(evaluation.table[0].completion_s.measured.n == 0);
  const json document = json::parse(to_json(evaluation));
  CHECK(document.at("runs").empty());
  CHECK(document.at("table").at(0).at("completion_s").at("mean").is_null());
  CHECK(to_text(evaluation).find("nan") == std::string::npos);
}

TEST_CASE("summary.json has what the design promises, under its names") {
  auto one = mechanism("one");
  one.reference.completion = 48ms;
  const auto evaluation = evaluation_of({run("one", {card(48, 2, 3)})}, {one});
  const json document = json::parse(to_json(evaluation));
  for (const char* key : {"segue", "lab", "clock", "links", "seed", "wall_ns", "experiment_ns", "runs", "table"}) {
    CAPTURE(key);
    CHECK(document.contains(key));
  }
  const json& result = document.at("runs").at(0);
  for (const char* key : {"mechanism", "probe", "verdict", "reasons", "emulator", "handovers", "handovers_asked",
                          "origin_ns", "throughput"}) {
    CAPTURE(key);
    CHECK(result.contains(key));
  }
  CHECK(result.at("emulator").at("lateness_ns").contains("p99"));
  const json& handover = result.at("handovers").at(0);
  CHECK(handover.at("completion_ns") == 48'000'000);
  for (const char* key : {"slot", "verdict", "reasons", "window_begin_ns", "window_end_ns"}) {
    CAPTURE(key);
    CHECK(handover.contains(key));
  }
  CHECK(handover.at("downlink").at("lost") == 3);
  CHECK(document.at("table").at(0).at("completion_s").at("n") == 1);
  CHECK(document.at("table").at(0).at("reference").contains("completion_s"));
}

TEST_CASE("columns are as wide as what they hold, in characters and not in bytes") {
  auto one = mechanism("one");
  one.reference.completion = 48ms;
  one.reference.completion_error = 1ms;
  const auto evaluation =
      evaluation_of({run("one", {card(47, 2, 3), card(49, 3, 4)}), run("a-longer-name", {card(48, 2, 3)})},
                    {one, mechanism("a-longer-name")});
  std::istringstream lines(to_text(evaluation));
  std::vector<std::size_t> ends;  // of the analytic uplink losses
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("  one ", 0) != 0 && line.rfind("  a-longer-name ", 0) != 0) continue;
    const auto analytic = line.find("2.40 ");
    if (analytic == std::string::npos) continue;
    std::size_t column = 0;
    for (std::size_t i = 0; i < analytic; ++i) column += (static_cast<unsigned char>(line[i]) & 0xc0) != 0x80;
    ends.push_back(column);
  }
  REQUIRE(ends.size() == 2);
  CHECK(ends[0] == ends[1]);
}

TEST_CASE("a call's interruptions are the mean over its handovers that are not tainted") {
  auto first = card(47, 2, 3);
  first.uplink.interruption_ns = 20'000'000;
  first.downlink.interruption_ns = 50'000'000;
  auto second = first;
  second.uplink.interruption_ns = 60'000'000;
  second.downlink.interruption_ns = 60'000'000;
  auto tainted = first;
  tainted.verdict = record::Verdict::tainted;
  tainted.uplink.interruption_ns = 900'000'000;
  auto call = run("one", {first, second, tainted});
  call.uplink.mos = 4.25;
  call.downlink.mos = 3.5;
  call.uplink.jitter_ns = 1'500'000;
  std::istringstream lines(to_text(evaluation_of({call}, {mechanism("one")})));
  std::vector<std::string> words;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  call ") || !std::getline(lines, line)) continue;
    std::istringstream cells(line);
    for (std::string word; cells >> word;) words.push_back(word);
  }
  CHECK(words == std::vector<std::string>{"one", "4.25", "3.50", "40.0", "55.0", "1.500"});
}

TEST_CASE("where no handover is measured the analysis is that of all of them") {
  auto one = card(48, 2, 3);
  auto other = card(48, 2, 3);
  for (Scorecard* lost : {&one, &other}) lost->verdict = record::Verdict::tainted;
  other.expected_completion_ns = 52'000'000;
  other.uplink.expected_lost = 4.4;
  other.downlink.expected_lost = 3.9;
  const auto evaluation = evaluation_of({run("one", {one, other})}, {mechanism("one")});
  const Row& row = evaluation.table[0];
  CHECK(row.completion_s.measured.n == 0);
  CHECK(row.completion_s.expected == doctest::Approx(0.050));
  CHECK(row.lost_uplink.expected == doctest::Approx(3.4));
  CHECK(row.lost_downlink.expected == doctest::Approx(3.4));
}

TEST_CASE("a mechanism that completes by direction has both beside the later one, in the table and in summary.json") {
  auto one = card(48, 2, 3);
  one.uplink.completion_ns = 12'000'000;
  one.uplink.expected_completion_ns = 11'000'000;
  one.downlink.completion_ns = one.downlink.expected_completion_ns = 48'000'000;
  const auto evaluation = evaluation_of({run("one", {one})}, {mechanism("one")});
  const json row = json::parse(to_json(evaluation)).at("table").at(0);
  CHECK(row.at("completion_uplink_s").at("mean") == doctest::Approx(0.012));
  CHECK(row.at("completion_uplink_s").at("expected") == doctest::Approx(0.011));
  CHECK(row.at("completion_downlink_s").at("mean") == doctest::Approx(0.048));
  const json document = json::parse(to_json(evaluation));
  CHECK(document.at("runs").at(0).at("handovers").at(0).at("uplink").at("completion_ns") == 12'000'000);
  CHECK(document.at("runs").at(0).at("handovers").at(0).at("uplink").at("expected_completion_ns") == 11'000'000);
  const std::string text = to_text(evaluation);
  CHECK(text.find("complete by direction") != std::string::npos);
  CHECK(text.find("12.00") != std::string::npos);
  // One that completes for both at one step has no such table.
  CHECK(to_text(evaluation_of({run("one", {card(48, 2, 3)})}, {mechanism("one")})).find("by direction") ==
        std::string::npos);
}
