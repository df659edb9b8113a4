// A semisoft handover in virtual time: the anchor sends copies to the new router, so much later, until the mobile has come
// there. What is lost and doubled is what the analysis says, packet by packet.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/agreement/agreement.hpp"
#include "tests/agreement/random_lab.hpp"
#include "tests/system/labs.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;

namespace {

// The branches are 26 and 6 ms long, so that copies come too early one way and too late the other.
constexpr const char* branches = R"(
[nodes]
mn.role = "mobile"
ar1.role = "access-router"
ar2.role = "access-router"
map.role = "anchor"
cn.role = "correspondent"
[defaults]
mtu = 1600
[links]
mn-ar1 = { between = ["mn", "ar1"], delay = "1ms" }
mn-ar2 = { between = ["mn", "ar2"], delay = "1ms" }
map-ar1 = { between = ["map", "ar1"], delay = "25ms" }
map-ar2 = { between = ["map", "ar2"], delay = "5ms" }
cn-map = { between = ["cn", "map"], delay = "7ms" }
)";

// As Cellular IP's indirect semisoft handoff: the request goes over the old link, the update over the new one.
constexpr const char* semisoft = R"(
title = "semisoft"
complete = "route update"
[defaults]
timeout = "5s"
[[attached]]
at = "anchor"
route = "tunnel new"
[[attached]]
at = "new"
route = "through"
[[attached]]
at = "mobile"
route = "via new"
[[step]]
name = "request"
from = "mobile"
to = "anchor"
message = "semisoft request"
layer = 3
via = "old"
[[step]]
name = "prepare"
from = "anchor"
to = "new"
message = "prepare"
layer = 3
route = "through"
[[step]]
name = "semisoft"
from = "new"
to = "anchor"
message = "semisoft"
layer = 3
bicast = "tunnel new delayed 8ms"
[[step]]
name = "tune"
at = "mobile"
after = "request"
wait = "150ms"
radio = ["leave old", "join new"]
route = "via new"
[[step]]
name = "route update"
from = "mobile"
to = "anchor"
message = "route update"
layer = 3
via = "new"
route = "tunnel new"
bicast = "off"
[[step]]
name = "release"
from = "anchor"
to = "old"
message = "release"
layer = 3
route = "off"
)";

}  // namespace

TEST_CASE("a semisoft handover loses what its copies come too early for, and doubles what they come too late for") {
  const Scratch scratch;
  const auto folder = scratch.path() / "semisoft";
  write_lab({.seed = 1, .topology = branches, .mechanism = semisoft, .access_routers = 2}, folder);
  REQUIRE(is_accepted(folder));
  const auto out = folder / "out";
  run_virtual(folder, out, {"--probe", "voip", "--handovers", "16", "--interval", "1s", "--seed", "1"});
  const Agreement agreement = held_to_analysis(folder, out, 1);
  for (const auto& difference : agreement.differences) FAIL_CHECK(difference);
  CHECK(agreement.handovers == 16);
  const json summary = json::parse(results_in(out).at("summary.json"));
  double lost = 0;
  double doubled = 0;
  for (const json& card : summary.at("runs").at(0).at("handovers")) {
    const json& way = card.at("downlink");
    lost += way.at("lost").get<double>();
    doubled += way.at("duplicated").get<double>();
    CHECK(card.at("uplink").at("lost") == 0);
    // By lemma: (D_o - D_n - delay) / 20 ms from the long branch to the short one, and (D_n + delay - D_o) back.
    const bool to_short = card.at("to") == "ar2";
    CHECK(way.at("expected_lost").get<double>() == doctest::Approx(to_short ? 0.6 : 0).epsilon(0.001));
    CHECK(way.at("expected_duplicated").get<double>() == doctest::Approx(to_short ? 0 : 1.4).epsilon(0.001));
  }
  // Sixteen phases, evenly drawn over both directions.
  CHECK(std::abs(lost - 8 * 0.6) <= 1.5);
  CHECK(std::abs(doubled - 8 * 1.4) <= 1.5);
}
