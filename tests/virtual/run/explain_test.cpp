// What `--explain` says a shorter delay would save is what a run measures where it is shorter.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/agreement/random_lab.hpp"
#include "tests/system/labs.hpp"
#include "tests/system/page.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;

namespace {

// What is changed: a link that messages and packets cross, what a node takes for a message, and what a radio takes.
struct Times {
  std::string link = "27ms";
  std::string processing = "25ms";
  std::string wait = "45ms";
};

json summary_with(const std::filesystem::path& folder, const Times& times) {
  write_lab({.seed = 1,
             .topology = R"(
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
mn-ar2 = { between = ["mn", "ar2"], delay = "2ms" }
map-ar1 = { between = ["map", "ar1"], delay = "3ms" }
map-ar2 = { between = ["map", "ar2"], delay = ")" +
                         times.link + R"(" }
cn-map = { between = ["cn", "map"], delay = "6ms" }
)",
             .mechanism = R"(
title = "break before make"
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
[[start]]
at = "mobile"
radio = "leave old"
[[step]]
name = "tune"
at = "mobile"
wait = ")" + times.wait +
                          R"("
radio = "join new"
[[step]]
name = "attach"
from = "mobile"
to = "new"
message = "attach"
layer = 2
route = "through"
[[step]]
name = "update"
from = "new"
to = "anchor"
message = "binding update"
layer = 3
delay = ")" + times.processing +
                          R"("
route = "tunnel new"
[[step]]
name = "acknowledgement"
from = "anchor"
to = "new"
message = "binding acknowledgement"
layer = 3
[[step]]
name = "attached"
from = "new"
to = "mobile"
message = "attached"
layer = 2
route = "via new"
[[step]]
name = "release"
at = "old"
wait = "1s"
after = []
route = "off"
)",
             .access_routers = 2},
            folder / "lab");
  run_virtual(folder / "lab", folder / "out", {"--probe", "voip", "--handovers", "4", "--interval", "4s", "--explain"});
  return json::parse(results_in(folder / "out").at("summary.json"));
}

const json& saving(const json& summary, const std::string& parameter) {
  for (const json& one : summary.at("explanations").at(0).at("savings")) {
    if (one.at("parameter") == parameter) return one;
  }
  FAIL("nothing is said of " << parameter);
  return summary;
}

// The handovers to ar2, as the explanation is of the one from ar1.
const json& handover(const json& summary, std::size_t number) {
  return summary.at("runs").at(0).at("handovers").at(number);
}

}  // namespace

TEST_CASE(
    "a delay that is an interval shorter saves a packet for every time that it counts, and what is said of gaps") {
  const Scratch scratch;
  // As long as the interval between two packets: so each handover meets them at the same phase.
  constexpr double less = 20e6;
  const json before = summary_with(scratch.path() / "before", {});
  CHECK(before.at("disagreements").empty());
  struct Change {
    const char* parameter;
    Times times;
  };
  const std::vector<Change> changes{{"links.map-ar2.delay", {.link = "7ms"}},
                                    {"mechanism.step.update.delay", {.processing = "5ms"}},
                                    {"mechanism.step.tune.wait", {.wait = "25ms"}}};
  for (const Change& change : changes) {
    CAPTURE(change.parameter);
    const json& said = saving(before, change.parameter);
    const json after = summary_with(scratch.path() / change.parameter, change.times);
    CHECK(after.at("disagreements").empty());
    for (const std::size_t number : {0, 2}) {
      const json& was = handover(before, number);
      const json& is = handover(after, number);
      REQUIRE(was.at("to") == "ar2");
      const double completion = was.at("completion_ns").get<double>() - is.at("completion_ns").get<double>();
      CHECK(std::abs(completion - less * said.at("ns_per_ns").at("completion").get<double>()) < 10e3);
      for (const std::string way : {"uplink", "downlink"}) {
        CAPTURE(way);
        const double lost = was.at(way).at("lost").get<double>() - is.at(way).at("lost").get<double>();
        CHECK(lost == doctest::Approx(less * said.at("packets_per_ns").at("lost_" + way).get<double>()));
        const double gap =
            was.at(way).at("interruption_ns").get<double>() - is.at(way).at("interruption_ns").get<double>();
        CHECK(std::abs(gap - less * said.at("ns_per_ns").at("interruption_" + way).get<double>()) < 10e3);
      }
    }
  }
}

TEST_CASE("the page of a run that is explained has a section for its gaps, and nothing to complain of") {
  REQUIRE_MESSAGE(has_browser(), "no Chromium: apt-get install chromium");
  const Scratch scratch;
  const auto out = scratch.path() / "out";
  run_virtual(lab_folder("prompt"), out,
              {"--mechanism", "prompt-scheduled", "--probe", "voip", "--handovers", "2", "--explain"});
  const auto reported = run_segue({"report", out});
  REQUIRE_MESSAGE(reported.exit_code == 0, reported.err);
  const json page = looked_at(out / "report.html", {});
  CHECK(page.at("alerts") == 0);
  CHECK(page.at("repeated").empty());
  const auto& sections = page.at("sections");
  CHECK(std::find(sections.begin(), sections.end(), "gaps") != sections.end());
}
