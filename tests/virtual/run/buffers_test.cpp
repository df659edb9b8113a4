// What waits and what is sent again, in virtual time: as the analysis says, for a call and for a program's connected
// socket alike.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;

namespace {

json summary_of(const std::filesystem::path& out, const std::vector<std::string>& words) {
  run_virtual(lab_folder("prompt"), out, words);
  return json::parse(results_in(out).at("summary.json"));
}

const std::vector<std::string> buffered{"--mechanism", "prompt-scheduled-buffered", "--mechanism",
                                        "prompt-unscheduled-buffered"};

std::vector<std::string> with(std::vector<std::string> words) {
  words.insert(words.end(), buffered.begin(), buffered.end());
  return words;
}

}  // namespace

TEST_CASE(
    "ProMPt with a window at the anchor loses nothing of a call, overtakes nothing, and doubles what the analysis "
    "says") {
  const Scratch scratch;
  const json summary = summary_of(scratch.path() / "out", with({"--probe", "voip", "--handovers", "8"}));
  REQUIRE(summary.at("runs").size() == 2);
  for (const json& run : summary.at("runs")) {
    CAPTURE(run.at("mechanism").dump());
    REQUIRE(run.at("handovers").size() == 8);
    double doubled = 0;
    double expected = 0;
    for (const json& card : run.at("handovers")) {
      for (const char* direction : {"uplink", "downlink"}) {
        CAPTURE(direction);
        const json& way = card.at(direction);
        CHECK(way.at("lost") == 0);
        CHECK(way.at("expected_lost") == 0);
        CHECK(way.at("reordered") == 0);
        const json& buffer = way.at("buffer");
        CHECK(std::abs(buffer.at("held").get<double>() - buffer.at("expected").get<double>()) < 1);
        CHECK(buffer.at("dropped") == 0);
        doubled += way.at("duplicated").get<double>();
        expected += way.at("expected_duplicated").get<double>();
      }
    }
    // Eight phases, evenly drawn: each packet that may be doubled is so or not.
    CHECK(std::abs(doubled - expected) <= 1);
    CHECK(expected > 0);
    CHECK(run.at("call").at("downlink").at("lost") == 0);
    CHECK(run.at("call").at("uplink").at("lost") == 0);
  }
}

TEST_CASE(
    "and where the old router says what it has delivered, nothing is lost, overtaken or doubled, of a call or of "
    "more") {
  const Scratch scratch;
  for (const char* probe : {"voip", "iperf-udp"}) {
    CAPTURE(probe);
    const json summary =
        summary_of(scratch.path() / probe, {"--mechanism", "prompt-scheduled-delivered", "--mechanism",
                                            "prompt-unscheduled-delivered", "--probe", probe, "--handovers", "4"});
    REQUIRE(summary.at("runs").size() == 2);
    for (const json& run : summary.at("runs")) {
      CAPTURE(run.at("mechanism").dump());
      REQUIRE(run.at("handovers").size() == 4);
      for (const json& card : run.at("handovers")) {
        CHECK(card.at("outcome") == "complete");
        CHECK(card.at("downlink").at("expected_duplicated") == 0);
        CHECK(card.at("downlink").at("duplicated") == 0);
        CHECK(card.at("downlink").at("reordered") == 0);
        CHECK(card.at("downlink").at("lost") == 0);
        CHECK(card.at("uplink").at("lost") == 0);
      }
      std::int64_t lost = 0;
      for (const json& bin : run.at("throughput")) lost += bin.at("lost").get<std::int64_t>();
      CHECK(lost == 0);
    }
  }
}

TEST_CASE("nor does it of 5 Mbit/s from a program whose socket is connected") {
  const Scratch scratch;
  const json summary = summary_of(scratch.path() / "out", with({"--probe", "iperf-udp", "--handovers", "3"}));
  REQUIRE(summary.at("runs").size() == 2);
  for (const json& run : summary.at("runs")) {
    CAPTURE(run.at("mechanism").dump());
    std::int64_t lost = 0;
    for (const json& bin : run.at("throughput")) lost += bin.at("lost").get<std::int64_t>();
    CHECK(lost == 0);
    for (const json& card : run.at("handovers")) CHECK(card.at("uplink").at("buffer").at("held") > 0);
  }
}
