// Verdicts of handovers on a machine that stalls, held to what stalled it and to what packets show of it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/system/stalls.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;

namespace {

constexpr unsigned handovers = 8;

json run_beside_a_staller(const Scratch& scratch, const Command& staller, std::vector<Judged>& all) {
  const auto out = scratch.path() / "out";
  Staller stalls(staller);
  const Outcome outcome = run(segue_with({"run", lab_folder("prompt").string(), "--mechanism", "prompt-scheduled",
                                          "--probe", "voip", "--handovers", std::to_string(handovers), "--interval",
                                          "1s", "--json", "--metrics", "127.0.0.1:0", "--out", out.string()}));
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  all = judged(out, stalls.stop());
  return json::parse(outcome.out);
}

}  // namespace

TEST_CASE("what a stall has shifted is tainted, and the run goes on until each handover was undisturbed") {
  const Scratch scratch;
  std::vector<Judged> all;
  const json summary = run_beside_a_staller(scratch, {}, all);
  for (const Judged& one : all) {
    INFO(one.what << ": " << one.reasons);
    if (one.shifted) CHECK(one.tainted);
  }
  const json& run = summary.at("runs").at(0);
  CHECK(run.at("handovers_asked") == handovers);
  CHECK(run.at("verdict") == "clean");
  const json& row = summary.at("table").at(0);
  CHECK(row.at("clean") == handovers);
  CHECK(row.at("completion_s").at("n") == handovers);
  CHECK(row.at("lost_downlink").at("n") == handovers);
  CHECK(row.at("handovers") == run.at("handovers").size());
  CHECK(row.at("handovers").get<unsigned>() <= 3 * handovers);
  for (const char* way : {"uplink", "downlink"}) {  // the way back after a tainted handover loses nothing of anybody's
    CHECK(run.at("call").at(way).at("lost_outside_handovers") == 0);
  }
}

TEST_CASE("a handover that is made again goes the same way at the same phase, and is told by its slot") {
  const Scratch scratch;
  std::vector<Judged> all;
  const json summary = run_beside_a_staller(scratch, {"--every", "400"}, all);  // hardly any goes undisturbed
  const json& cards = summary.at("runs").at(0).at("handovers");
  REQUIRE(cards.size() > handovers);
  std::size_t again = 0;
  for (std::size_t i = 1; i < cards.size(); ++i) {
    const json& before = cards[i - 1];
    const json& card = cards[i];
    CHECK(card.at("index") == i);
    if (card.at("slot") != before.at("slot")) {
      CHECK(card.at("from") == before.at("to"));
      continue;
    }
    ++again;
    CHECK(before.at("verdict") == "tainted");
    CHECK(card.at("from") == before.at("from"));
    CHECK(card.at("to") == before.at("to"));
    const auto apart = card.at("started_ns").get<std::int64_t>() - before.at("started_ns").get<std::int64_t>();
    CHECK(apart % 20'000'000 == 0);
    CHECK(apart >= 1'000'000'000);
  }
  CHECK(again == cards.size() - handovers);
  CHECK(cards.size() <= 3 * handovers);
}

TEST_CASE("a machine that leaves no handover alone is said to be none to measure on, and why") {
  const Scratch scratch;
  std::vector<Judged> all;
  const json summary = run_beside_a_staller(scratch, {"--every", "25"}, all);
  const json& run = summary.at("runs").at(0);
  CHECK(run.at("handovers").size() == 3 * handovers);
  CHECK(run.at("verdict") == "tainted");
  CHECK(run.at("reasons").dump().find("late") != std::string::npos);
  CHECK(run.at("reasons").dump().find("--clock virtual") != std::string::npos);
  const json& row = summary.at("table").at(0);
  CHECK(row.at("clean") == 0);
  CHECK(row.at("completion_s").at("n") == 0);
}
