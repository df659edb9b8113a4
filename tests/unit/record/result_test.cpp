#include "orchestrator/record/result.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "nodes/base/error.hpp"

using namespace segue;
using namespace segue::record;

namespace {

Scorecard card() {
  Scorecard card{.index = 3,
                 .slot = 2,
                 .verdict = Verdict::tainted,
                 .reasons = {"late"},
                 .limits = {"cpu_idle"},
                 .mobile = "mn",
                 .from = "ar1",
                 .to = "ar2",
                 .started_ns = 2'500'000'000,
                 .outcome = Outcome::complete};
  card.completion_ns = 48'012'345;
  card.expected_completion_ns = 48'000'000;
  card.messages = 8;
  card.route_actions_ns = {41'000, 44'000};
  card.anomalies = {"step 2 \"attach\": late message at ar2: \"say \\\"hello\\\"\""};
  card.steps.push_back(
      {.name = "attach", .sent_ns = 1, .received_ns = 2, .done_ns = 3, .route_ns = 4, .transmissions = 1});
  card.uplink = {.sent = 20, .lost = 3, .interruption_ns = 60'000'000, .expected_lost = 2.4};
  card.downlink.delay_max_ns = 110'200'000;
  return card;
}

RunResult run() {
  RunResult run{.mechanism = "prompt-scheduled", .title = "ProMPt – scheduled", .probe = "voip", .engine = "wire"};
  run.seed = 0xffff'ffff'ffff'ffffULL;
  run.reasons = {"cores idle"};
  run.emulator = {1, 2, 3, 4};
  run.idle_share = 0.25;
  run.handovers = {card()};
  run.uplink.mos = 4.25;
  run.throughput.push_back({500'000'000, 500'000'000, 5'000'000, 1, 212});
  run.links.push_back({.link = "map-ar1", .direction = "map>ar1", .requested = "10ms", .counters = {.packets = 7}});
  run.uplink.missed = {{"map", Cause::blackhole, 3}, {"mn>ar1", Cause::link_loss, 1}};
  run.uplink_packets = {{0, 0, 110'100'000},
                        {1, 20'000'000, 0},
                        {2, 40'000'000, 0, {.cause = Cause::blackhole, .place = "map", .held_at = "ar1"}}};
  return run;
}

}  // namespace

TEST_CASE("a scorecard, a run and a sample survive the way through JSON") {
  CHECK(to_json(scorecard_from_json(to_json(card()))) == to_json(card()));
  CHECK(scorecard_from_json(to_json(card())).anomalies == card().anomalies);

  const RunResult read = result_from_json(to_json(run()));
  CHECK(to_json(read) == to_json(run()));
  CHECK(read.title == run().title);
  CHECK(read.seed == run().seed);
  CHECK(read.handovers.at(0).steps.at(0).done_ns == 3);
  CHECK(read.uplink_packets.at(1).received_ns == 0);
  CHECK(read.uplink.mos == 4.25);
  CHECK(read.uplink.missed == run().uplink.missed);
  CHECK(read.uplink_packets.at(2).fate.cause == Cause::blackhole);
  CHECK(read.uplink_packets.at(2).fate.held_at == "ar1");
  CHECK_FALSE(read.uplink_packets.at(0).fate.remarkable());

  Sample sample;
  sample.netlink.push_back({.node = "map", .requests = 9, .latency = {0, 1, 2}});
  sample.emulator.max = 77;
  CHECK(to_json(sample_from_json(to_json(sample))) == to_json(sample));
}

namespace {

std::string refusal(const std::string& old, const std::string& fresh) {
  std::string text = to_json(run());
  const auto at = text.find(old);
  REQUIRE(at != text.npos);
  text.replace(at, old.size(), fresh);
  try {
    (void)result_from_json(text);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a number that does not fit is refused with its place, and not cast") {
  CHECK(refusal("\"done_ns\":3", "\"done_ns\":3") == "");
  CHECK(refusal("\"done_ns\":3", "\"done_ns\":1e300") ==
        "read a run's result: handovers: 0: steps: 0: done_ns: a whole number is wanted, not 1e+300");
  CHECK(refusal("\"done_ns\":3", "\"done_ns\":\"3\"") ==
        "read a run's result: handovers: 0: steps: 0: done_ns: a whole number is wanted, not string");
  CHECK(refusal("\"messages\":8", "\"messages\":-1") ==
        "read a run's result: handovers: 0: messages: -1 is out of range");
  CHECK(refusal("\"messages\":8", "\"messages\":4294967296") ==
        "read a run's result: handovers: 0: messages: 4294967296 is out of range");
  CHECK(refusal("\"messages\":8", "\"messages\":4294967295") == "");
  CHECK(refusal("41000", "0.5") ==
        "read a run's result: handovers: 0: route_actions_ns: 0: a whole number is wanted, not 0.5");
  CHECK(refusal("[0,0,110100000]", "[0,0]").starts_with("read a run's result: uplink_packets: "));
  CHECK(refusal("[0,0,110100000]", "[-1,0,0]") == "read a run's result: uplink_packets: 0: -1 is out of range");
}

TEST_CASE("a cause that there is not is refused with its place") {
  CHECK(refusal("\"blackhole\"", "\"whim\"").ends_with("\"whim\" is no cause of a loss"));
}

TEST_CASE("times that could not be added to each other are refused") {
  constexpr std::int64_t most = std::int64_t{1} << 61;
  const auto refusal_of = [](std::int64_t time) {
    return refusal("\"started_ns\":2500000000", fmt::format("\"started_ns\":{}", time));
  };
  for (const int sign : {1, -1}) {
    CHECK(refusal_of(sign * most) == "");
    CHECK(refusal_of(sign * (most + 1)) ==
          fmt::format("read a run's result: handovers: 0: started_ns: {} is out of range", sign * (most + 1)));
  }
}

TEST_CASE("what is no result is refused") {
  CHECK_THROWS_AS(result_from_json("{}"), Error);
  CHECK_THROWS_AS(scorecard_from_json("[1"), Error);
  CHECK_THROWS_AS(sample_from_json("null"), Error);
}

TEST_CASE("an outcome and a verdict are words in JSON, and a word that is none is named") {
  for (const Outcome outcome : outcomes) CHECK(outcome_named(to_text(outcome)) == outcome);
  for (const Verdict verdict : verdicts) CHECK(verdict_named(to_text(verdict)) == verdict);
  const auto with = [](const std::string& word, const std::string& other) {
    std::string text = to_json(card());
    const auto at = text.find('"' + word + '"');
    REQUIRE(at != std::string::npos);
    return text.replace(at + 1, word.size(), other);
  };
  CHECK(scorecard_from_json(with("tainted", "not known")).verdict == Verdict::not_known);
  CHECK(scorecard_from_json(with("complete", "failed")).outcome == Outcome::failed);
  CHECK_THROWS_WITH_AS(scorecard_from_json(with("tainted", "spoilt")),
                       "read a scorecard: verdict: \"spoilt\" is no verdict", Error);
  CHECK_THROWS_WITH_AS(scorecard_from_json(with("complete", "")),
                       "read a scorecard: outcome: \"\" is no outcome of a handover", Error);
}
