// A radio that takes its carrier along: what a program on the mobile sees during a handover, and that packets do as they
// do without.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "orchestrator/files/whole_file.hpp"
#include "tests/agreement/agreement.hpp"
#include "tests/agreement/random_lab.hpp"
#include "tests/system/labs.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;

namespace {

// A step fails, and the handover with it, if not so many of the mobile's links are without a carrier then. Nothing waits
// for these: starting a command takes microseconds in a guest, too.
std::string leaving(const std::string& carrier) {
  const auto without_carrier = [](int links) {
    return "execute = \"test $(ip -o link show | grep -c 'state DORMANT') -eq " + std::to_string(links) + "\"\n";
  };
  const bool shown = !carrier.empty();
  return R"(
complete = "update"
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
at = "new"
route = "through"
[[start]]
at = "mobile"
radio = "leave old)" +
         carrier + R"("
[[step]]
name = "away"
at = "mobile"
wait = "1ms"
[[step]]
name = "look while away"
at = "mobile"
after = "away"
)" + without_carrier(shown ? 2 : 0) +
         R"([[step]]
name = "joined"
at = "mobile"
after = "away"
wait = "30ms"
route = "via new"
radio = "join new)" +
         carrier + R"("
[[step]]
name = "look when joined"
at = "mobile"
after = "joined"
)" + without_carrier(shown ? 1 : 0) +
         R"([[step]]
name = "update"
after = "joined"
from = "mobile"
to = "anchor"
via = "new"
layer = 3
message = "update"
route = "tunnel new"
[[step]]
name = "over"
at = "old"
after = []
wait = "500ms"
route = "off"
)";
}

}  // namespace

TEST_CASE("a program on the mobile sees the carrier go and come, and packets go as they do when it does not") {
  for (const char* carrier : {" carrier", ""}) {
    CAPTURE(carrier);
    const Scratch scratch;
    const auto folder = scratch.path() / "lab";
    write_lab({.seed = 1,
               .topology = files::read_file(lab_folder("prompt") / "topology.toml"),
               .mechanism = leaving(carrier),
               .access_routers = 2},
              folder);
    REQUIRE(is_accepted(folder));
    run_virtual(folder, folder / "out", {"--probe", "voip", "--handovers", "4", "--interval", "3s", "--seed", "1"});
    const Agreement agreement = held_to_analysis(folder, folder / "out", 1);
    for (const auto& difference : agreement.differences) FAIL_CHECK(difference);
    CHECK(agreement.handovers == 4);
    CHECK(agreement.lost > 0);
  }
}

TEST_CASE("a handover that fails gives the mobile back the carrier that it had before") {
  const std::string none = "execute = \"test $(ip -o link show | grep -c 'state DORMANT') -eq 1\"\n";
  const std::string mechanism = R"(
[[attached]]
at = "mobile"
route = "via new"
[[step]]
name = "before"
at = "mobile"
)" + none + R"([[step]]
name = "leave"
at = "mobile"
radio = "leave old carrier"
execute = "test $(ip -o link show | grep -c 'state DORMANT') -eq 2"
[[step]]
name = "fail"
at = "mobile"
execute = "false"
[[step]]
name = "join"
at = "mobile"
radio = "join new carrier"
route = "via new"
)";
  const Scratch scratch;
  const auto folder = scratch.path() / "lab";
  write_lab({.seed = 1,
             .topology = files::read_file(lab_folder("prompt") / "topology.toml"),
             .mechanism = mechanism,
             .access_routers = 2},
            folder);
  run_segue({"run", folder, "--clock", "virtual", "--handovers", "3", "--interval", "3s", "--out", folder / "out"});
  std::istringstream cards(files::read_file(folder / "out" / "handovers.jsonl"));
  int failed = 0;
  for (std::string line; std::getline(cards, line); ++failed) {
    const auto failure = nlohmann::json::parse(line).at("failure").get<std::string>();
    CAPTURE(failure);
    CHECK(failure.starts_with("step 3 \"fail\""));
  }
  CHECK(failed == 3);
}
