// netem on a real kernel, wherever this runs: the table of physical checks that both engines are held to
// (tests/netns/link: engines_test.cpp, chain_test.cpp), in virtual time; and what only virtual time can show.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/netns/link/traffic.hpp"
#include "tests/virtual/work.hpp"

using namespace segue;
using namespace segue::test;
using namespace std::chrono_literals;

namespace {

const Work trips("trips", [](const Arguments&) {
  link::TwoHosts hosts({.delay = 10ms}, {.delay = 5ms}, Delay{0}, link::EngineKind::netem);
  const link::UdpPair udp(hosts);
  for (std::uint32_t i = 0; i < 100; ++i) {
    const auto trip = link::ping(udp, i);
    if (!trip) throw Error("a packet did not come back");
    say(std::to_string(trip->count()));
  }
  return 0;
});

}  // namespace

TEST_CASE("netem obeys the tables of physical checks in a guest, to microseconds") {
  const Folder out;
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "netns_link";
  REQUIRE(std::filesystem::exists(program));
  auto options = guest_options({"run", program.native(), "--no-colors", "--test-case=netem obeys the table*"}, out);
  options.environment = {"SEGUE_EXACT_TIME=1"};
  const auto ran = in_guest(options);
  std::string said;
  for (const auto& line : ran.lines) said += line + '\n';
  INFO(said);
  CHECK(ran.result.exit_code == 0);
  CHECK(said.find("2 passed") != std::string::npos);
}

TEST_CASE("in virtual time a delay is exact: two ways of 15 ms together take less than 2 us more") {
  const Folder out;
  const Instant began = now();
  std::optional<Delay> first_packet;
  std::vector<std::int64_t> trips;
  const auto result = guest::run_guest(guest_options({"trips"}, out), [&](std::string_view line) {
    if (!first_packet) first_packet = now() - began;
    trips.push_back(std::stoll(std::string(line)));
  });
  CHECK(result.exit_code == 0);
  REQUIRE(trips.size() == 100);
  for (std::size_t i = 1; i < trips.size(); ++i) {  // the first asks for its neighbour
    CHECK(trips[i] >= 15'000'000);
    CHECK(trips[i] < 15'002'000);
  }
  MESSAGE("from the start of the guest to its first packet and back: " << first_packet->count() / 1'000'000 << " ms");
  CHECK(*first_packet < 10s);  // a second or so on a machine with nothing else to do
}
