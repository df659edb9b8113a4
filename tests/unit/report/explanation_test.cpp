// Where the gaps went, as it is printed and as it lies in summary.json.
#include "orchestrator/report/explanation.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "orchestrator/report/evaluation.hpp"

using namespace segue;
using namespace segue::report;

namespace {

record::Explanation example() {
  record::Explanation one;
  one.mechanism = "prompt";
  one.from = "ar1";
  one.to = "ar2";
  one.whole = {.completion = 12e6, .outage_downlink = std::numeric_limits<double>::infinity()};
  one.parts = {{"signalling", "update", "ar2>map", {.completion = 10e6}}, {"wait", "tune", "mn", {.completion = 2e6}}};
  one.savings = {{"links.map-ar2.delay", 10'000'000, {.completion = 1}, {.lost_uplink = 5e-8}}};
  one.drawn = {"tune"};
  return one;
}

}  // namespace

TEST_CASE("each part has its line and each gap its column, and below stands what they make together") {
  const std::string text = to_text({example()});
  CHECK(text.find("where the gap went, ar1 to ar2, by the analysis") != std::string::npos);
  CHECK(text.find("signalling  update  ar2>map      10.000") != std::string::npos);
  CHECK(text.find("together                         12.000") != std::string::npos);
  CHECK(text.find("no end") != std::string::npos);
  CHECK(text.find("tune: drawn at random for each handover, and taken for the mean") != std::string::npos);
}

TEST_CASE("what was measured of a mechanism that was run stands below") {
  Row row{.mechanism = "prompt"};
  row.completion_s.measured = {.n = 4, .mean = 0.0125};
  row.beside = {{"interruption", "up", "ms", 40.5, 41}};
  const std::string text = to_text({example()}, {row});
  const auto at = text.find("measured                         12.500");
  REQUIRE(at != std::string::npos);
  CHECK(text.find("40.500", at) != std::string::npos);
}

TEST_CASE("what a millisecond less saves has columns for that alone which it saves, in packets a millisecond") {
  const std::string text = to_text({example()});
  CHECK(text.find("a millisecond less of  now [ms]  completion  lost up\n") != std::string::npos);
  CHECK(text.find("links.map-ar2.delay      10.000           1    0.050\n") != std::string::npos);
}

TEST_CASE("summary.json has explanations where somebody asked for them") {
  Evaluation evaluation;
  CHECK_FALSE(nlohmann::json::parse(to_json(evaluation)).contains("explanations"));
  evaluation.explanations = {example()};
  const auto one = nlohmann::json::parse(to_json(evaluation)).at("explanations").at(0);
  CHECK(one.at("gaps_ns").at("completion") == 12e6);
  CHECK(one.at("gaps_ns").at("outage_downlink").is_null());
  CHECK(one.at("parts").at(1).at("kind") == "wait");
  CHECK(one.at("savings").at(0).at("packets_per_ns").at("lost_uplink") == 5e-8);
}
