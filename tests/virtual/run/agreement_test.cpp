// Random labs and mechanisms: what the kernel does with each packet is what the analysis says, and when.
#include "tests/agreement/agreement.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>

#include "tests/agreement/random_lab.hpp"
#include "tests/system/labs.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;

namespace {

constexpr std::size_t labs_wanted = 100;
// Labs that did not agree once (tests/agreement/kept, by the seed they were drawn and are run with). In all of these
// packets circle between nodes of which each takes the other for the way, and a change lets them out: what is taken off
// their hop limit meanwhile was counted by the node, tunnels or not.
constexpr std::array<std::uint64_t, 8> kept{100217, 100311, 100600, 100936, 101413, 101431, 102315, 102335};
constexpr std::size_t side_by_side = 2;

struct Running {
  std::uint64_t seed;
  std::filesystem::path lab;
  std::filesystem::path out;
  std::unique_ptr<Process> process;
};

}  // namespace

TEST_CASE("a hundred random labs do what their analysis says: each packet, each handover") {
  const Scratch scratch;
  std::deque<Running> running;
  std::size_t handovers = 0;
  std::size_t lost = 0;
  const auto finish = [&] {
    Running& one = running.front();
    const Outcome outcome = one.process->wait(std::chrono::seconds(60));
    INFO("seed " << one.seed << ": " << outcome.err);
    if (outcome.exit_code != 0) FAIL_CHECK("it ended with " << outcome.exit_code);
    if (outcome.exit_code == 0) {
      const Agreement agreement = held_to_analysis(one.lab, one.out, one.seed);
      for (const auto& difference : agreement.differences) FAIL_CHECK(difference);
      handovers += agreement.handovers;
      lost += agreement.lost;
    }
    std::filesystem::remove_all(one.out);
    running.pop_front();
  };
  std::size_t begun = 0;
  std::uint64_t seed = 1;
  const auto begin = [&](const std::filesystem::path& lab, std::uint64_t number) {
    if (!is_accepted(lab)) return;
    if (running.size() == side_by_side) finish();
    const auto out = scratch.path() / ("out-" + std::to_string(number));
    running.push_back({number, lab, out, std::make_unique<Process>(segue_with(run_words(lab, out, number)))});
    ++begun;
  };
  const std::filesystem::path kept_labs = std::filesystem::path(SEGUE_SOURCE_DIR) / "tests/agreement/kept";
  for (const auto number : kept) begin(kept_labs / std::to_string(number), number);
  CHECK(begun == kept.size());
  for (; begun < kept.size() + labs_wanted; ++seed) {
    const auto folder = scratch.path() / std::to_string(seed);
    write_lab(draw_lab(seed), folder);
    begin(folder, seed);
  }
  while (!running.empty()) finish();
  // Of four that are drawn one is a lab: others speak over a link that the radio has left, or end as they should not.
  CHECK(seed < 8 * labs_wanted);
  CHECK(handovers >= 2 * labs_wanted);
  CHECK(lost > 10 * labs_wanted);
}

TEST_CASE("what a rate takes of signals and packets is in the analysis, by either family") {
  const Scratch scratch;
  const auto folder = scratch.path() / "rates";
  std::uint64_t seed = 1;
  SUBCASE("IPv6") { seed = 1; }
  SUBCASE("IPv4") { seed = 2; }  // family_of()
  write_lab({.seed = seed,
             .topology = R"(
[addressing]
ipv4 = "10.0.0.0/8"
[nodes]
mn.role = "mobile"
ar1.role = "access-router"
ar2.role = "access-router"
map.role = "anchor"
ha.role = "home"
cn.role = "correspondent"
[defaults]
mtu = 1600
[links]
mn-ar1 = { between = ["mn", "ar1"], delay = "1ms" }
mn-ar2 = { between = ["mn", "ar2"], delay = "2ms" }
map-ar1 = { between = ["map", "ar1"], delay = "3ms" }
map-ar2 = { between = ["map", "ar2"], delay = "4ms" }
ha-map = { between = ["ha", "map"], delay = "5ms", rate = "40kbit" }
cn-map = { between = ["cn", "map"], delay = "6ms", forward = { rate = "400kbit" }, backward = { rate = "300kbit" } }
)",
             .mechanism = break_before_make("anchor") + R"(
[[step]]
name = "request"
from = "new"
to = "home"
message = "request with a name in it"
layer = 3
[[step]]
name = "reply"
from = "home"
to = "new"
message = "reply"
layer = 3
route = "through"
[[step]]
name = "update"
from = "new"
to = "anchor"
message = "binding update"
layer = 3
route = "tunnel new"
[[step]]
name = "on"
from = "new"
to = "mobile"
message = "attached"
layer = 2
route = "via new"
)",
             .access_routers = 2},
            folder);
  REQUIRE(is_accepted(folder));
  const Outcome outcome = run(segue_with(run_words(folder, folder / "out", seed)));
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const Agreement agreement = held_to_analysis(folder, folder / "out", seed);
  for (const auto& difference : agreement.differences) FAIL_CHECK(difference);
  CHECK(agreement.handovers == 2);
  CHECK(agreement.lost > 0);
}
