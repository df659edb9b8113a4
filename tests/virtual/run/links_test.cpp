// What links do to a run: the labs in which a queue was full of what was merely under way, and in which damaged frames
// ended an agent.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/system/labs.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;

namespace {

// A mobile, two cells and a correspondent, with these lines in the tables of the access links, of those behind them and
// of the mechanism's defaults.
std::filesystem::path cells(const Scratch& scratch, const std::string& access, const std::string& behind,
                            const std::string& defaults = {}) {
  scratch.write("cells/topology.toml", fmt::format(R"(
[nodes.mn]
role = "mobile"
[nodes.ar1]
role = "access-router"
[nodes.ar2]
role = "access-router"
[nodes.cn]
role = "correspondent"
[links.mn-ar1]
between = ["mn", "ar1"]
{0}
[links.mn-ar2]
between = ["mn", "ar2"]
{0}
[links.cn-ar1]
between = ["cn", "ar1"]
mtu = 1600
{1}
[links.cn-ar2]
between = ["cn", "ar2"]
mtu = 1600
{1}
)",
                                                   access, behind));
  scratch.write("cells/mechanisms/m.toml", "title = \"break before make\"\n[defaults]\n" + defaults + "\n" +
                                               break_before_make("correspondent") + R"(
[[step]]
name = "associate"
from = "mobile"
to = "new"
message = "associate: a hundred characters, so that there are bits enough for an error to meet one of them, some 800"
layer = 2
route = "through"
[[step]]
name = "switch"
from = "new"
to = "correspondent"
message = "binding update"
layer = 3
route = "tunnel new"
[[step]]
name = "on"
from = "new"
to = "mobile"
message = "associated"
layer = 2
route = "via new"
)");
  return scratch.path() / "cells";
}

json summary_of(const std::filesystem::path& out) { return json::parse(results_in(out).at("summary.json")); }

}  // namespace

TEST_CASE("a call below the rate of a far link loses nothing at its queue, however short that is") {
  const Scratch scratch;
  const auto out = scratch.path() / "out";
  const auto lab = cells(scratch, "delay = \"1ms\"", "delay = \"500ms\"\nrate = \"150kbit\"\nqueue-limit = 4");
  run_virtual(lab, out, {"--probe", "voip", "--handovers", "2", "--interval", "6s"});
  const json summary = summary_of(out);
  REQUIRE(summary.at("runs").size() == 1);
  int limited = 0;
  for (const json& link : summary.at("runs").at(0).at("links")) {
    CAPTURE(link.dump());
    CHECK(link.at("dropped") == 0);
    CHECK(link.at("lost") == 0);
    CHECK(link.at("packets") > 100);
    if (link.at("realised") == "delay 500ms, rate 150kbit/s, queue-limit 4") ++limited;
  }
  CHECK(limited == 4);
}

TEST_CASE("a signal that was damaged under way is a lost one: it is repeated, and the handover completes") {
  const Scratch scratch;
  const auto lab =
      cells(scratch, "delay = \"1ms\"\ncorrupt = \"5%\"", "delay = \"5ms\"", "retries = 5\nretry-after = \"20ms\"");
  for (const char* seed : {"1", "2", "4", "6"}) {
    CAPTURE(seed);
    const auto out = scratch.path() / seed;
    run_virtual(lab, out, {"--probe", "voip", "--handovers", "100", "--interval", "1s", "--seed", seed});
    const json summary = summary_of(out);
    REQUIRE(summary.at("runs").size() == 1);
    const json& handovers = summary.at("runs").at(0).at("handovers");
    REQUIRE(handovers.size() == 100);
    int repeated = 0;
    for (const json& card : handovers) {
      CHECK(card.at("outcome") == "complete");
      CHECK(card.at("anomalies").empty());
      repeated += card.at("completion_ns") >= 20'000'000 ? 1 : 0;
    }
    CHECK(repeated > 0);
  }
}
