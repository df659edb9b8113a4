// In virtual time nothing is late, so what is measured is what was calculated.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;

TEST_CASE("every handover of every mechanism completes within 10 us of the analytic time") {
  const Scratch scratch;
  const auto out = scratch.path() / "out";
  run_virtual(lab_folder("prompt"), out, {"--probe", "voip"});
  const json summary = json::parse(results_in(out).at("summary.json"));
  CHECK(summary.at("clock") == "virtual");
  CHECK(summary.at("links") == "netem");
  CHECK(summary.at("wall_ns") == 0);
  REQUIRE(summary.at("runs").size() == 3);
  for (const json& run : summary.at("runs")) {
    CHECK(run.at("verdict") == "clean");
    REQUIRE(run.at("handovers").size() == 8);
    std::int64_t worst_ns = 0;
    for (const json& card : run.at("handovers")) {
      CHECK(card.at("outcome") == "complete");
      const std::int64_t measured = card.at("completion_ns");
      const std::int64_t expected = card.at("expected_completion_ns");
      worst_ns = std::max<std::int64_t>(worst_ns, std::abs(measured - expected));
    }
    MESSAGE(run.at("mechanism") << ": " << worst_ns << " ns from the analytic completion at most");
    CHECK(worst_ns <= 10'000);
  }
}
