// Mechanisms that act along ways, and one with a home of its own, in virtual time: each packet as the analysis says, and
// the losses as the closed forms say.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "orchestrator/files/whole_file.hpp"
#include "tests/agreement/agreement.hpp"
#include "tests/agreement/random_lab.hpp"
#include "tests/system/labs.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/unit/config/tree_lab.hpp"
#include "tests/unit/mobility/home_mechanism.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;

namespace {

constexpr int handovers = 32;

// The handovers of a run of that lab and mechanism, each packet of which has done what the analysis says.
std::vector<json> played(const std::filesystem::path& folder, const std::string& topology,
                         const std::string& mechanism) {
  write_lab({.seed = 1, .topology = topology, .mechanism = mechanism, .access_routers = 2}, folder);
  REQUIRE(is_accepted(folder));
  const auto out = folder / "out";
  run_virtual(folder, out,
              {"--probe", "voip", "--handovers", std::to_string(handovers), "--interval", "3s", "--seed", "1"});
  const Agreement agreement = held_to_analysis(folder, out, 1);
  for (const auto& difference : agreement.differences) FAIL_CHECK(difference);
  CHECK(agreement.handovers == handovers);
  std::vector<json> cards;
  std::istringstream lines(files::read_file(out / "handovers.jsonl"));
  for (std::string line; std::getline(lines, line);) cards.push_back(json::parse(line));
  return cards;
}

// The phases are one in each of so many parts of the packet interval: what an outage of `packets` loses of one packet
// an interval is told to the two parts that it begins and ends in.
void check_lost(const std::vector<json>& cards, const char* direction, double packets) {
  double lost = 0;
  for (const json& card : cards) {
    CHECK(card.at(direction).at("expected_lost").get<double>() == doctest::Approx(packets));
    lost += card.at(direction).at("lost").get<double>();
  }
  CHECK(std::abs(lost - handovers * packets) < 2);
}

}  // namespace

TEST_CASE("a hard handoff, hop by hop, loses the round trip to the crossover one, two and three links up") {
  const struct {
    const char* router;
    int distance;
  } targets[] = {{"ar2", 1}, {"ar3", 2}, {"ar4", 3}};
  for (const auto& target : targets) {
    const std::string router = target.router;
    const int distance = target.distance;
    CAPTURE(distance);
    const Scratch scratch;
    // Between the first access router and that one alone.
    const std::regex others("mn-(?!ar1|" + router + ").*\n");
    const auto cards =
        played(scratch.path() / "tree", std::regex_replace(std::string(tree_lab), others, ""), hard_handoff);
    check_lost(cards, "downlink", (2.0 + 4.0 * distance) / 20);
    check_lost(cards, "uplink", 0);
    for (const json& card : cards) {
      CHECK(card.at("messages") == distance + 1);
      CHECK(card.at("steps").size() == static_cast<std::size_t>(2 * distance + 2));
      CHECK(std::abs(card.at("completion_ns").get<std::int64_t>() - (1 + 2 * distance) * 1'000'000) <= 10'000);
    }
  }
}

TEST_CASE("from router to router of a tree each handover has the steps of its own way") {
  const Scratch scratch;
  const auto cards = played(scratch.path() / "tree", tree_lab, hard_handoff);
  REQUIRE(cards.size() == handovers);
  const int distances[] = {1, 2, 3, 3};
  for (std::size_t i = 0; i < cards.size(); ++i) {
    const int distance = distances[i % 4];
    CHECK(cards[i].at("downlink").at("expected_lost").get<double>() == doctest::Approx((2.0 + 4.0 * distance) / 20));
    CHECK(cards[i].at("steps").size() == static_cast<std::size_t>(2 * distance + 2));
  }
  CHECK(cards[0].at("steps").at(1).at("name") == "update (r11)");
  CHECK(cards[2].at("steps").at(3).at("name") == "update (gw)");
}

TEST_CASE("Mobile IPv6 over a home agent in a lab whose mobile is at home at an anchor") {
  const Scratch scratch;
  const auto cards = played(scratch.path() / "prompt", files::read_file(lab_folder("prompt") / "topology.toml"),
                            mobile_ipv6_over_home);
  // To the home and back again as far, with 1 ms of processing: 110.1 ms from the mobile.
  check_lost(cards, "downlink", (3 * 0.1 + 110 + 1 + 110.1) / 20);
  check_lost(cards, "uplink", 0);
  for (const json& card : cards) {
    CHECK(std::abs(card.at("uplink").at("completion_ns").get<std::int64_t>() - 100'000) <= 10'000);
    CHECK(std::abs(card.at("downlink").at("completion_ns").get<std::int64_t>() - 111'300'000) <= 10'000);
    CHECK(card.at("downlink").at("expected_completion_ns") == 111'300'000);
    CHECK(card.at("completion_ns") == card.at("downlink").at("completion_ns"));
  }
}
