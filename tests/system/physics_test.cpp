// Links do to packets what they were asked to do: measured from inside, by a program that knows nothing of Segue.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <string>

#include "tests/system/lab_up.hpp"
#include "tests/system/ping.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;

namespace {

// n0 to n<links> in a row, every link with the same lines.
std::string chain(unsigned links, const std::string& each) {
  std::string text = "title = \"A chain\"\n";
  for (unsigned i = 0; i <= links; ++i) text += fmt::format("[nodes.n{}]\nrole = \"router\"\n", i);
  for (unsigned i = 0; i < links; ++i) {
    text += fmt::format("[links.l{}]\nbetween = [\"n{}\", \"n{}\"]\n{}\n", i, i, i + 1, each);
  }
  return text;
}

// What a slow machine needs to wake up for a packet, and something to spare.
constexpr double wake_up_ms = 0.5;

// The distance, in standard deviations, that a binomial count stays within but for one time in a million.
constexpr double bound = 4.9;

}  // namespace

TEST_CASE("ten links of 10 ms in a row have a round trip of 200 ms and no less, and of hardly more at best") {
  const Scratch scratch;
  const LabUp lab(scratch.write("chain/topology.toml", chain(10, "delay = \"10ms\"")));
  const Outcome outcome = run(lab.inside("n0", {"ping", "-n", "-c", "50", "-i", "0.02", "n10"}));
  const Ping ping = ping_of(outcome.out);
  CHECK(ping.sent == 50);
  CHECK(ping.received == 50);
  CHECK(ping.min_ms >= 200.0);
  // Twenty links passed, each of which has to be woken for it; the mean of fifty has what else this machine does.
  CHECK(ping.min_ms <= 200.0 + 20 * wake_up_ms);
}

TEST_CASE("a link that loses 1 % loses 1 % of each way, within what chance allows") {
  const Scratch scratch;
  const LabUp lab(scratch.write("lossy/topology.toml", chain(1, "delay = \"1ms\"\nloss = \"1%\"")));
  constexpr int packets = 20'000;
  constexpr double lost_either_way = 1 - 0.99 * 0.99;
  // As fast as answers come, and a hundred times a second when one does not.
  const Outcome outcome =
      run(lab.inside("n0", {"ping", "-n", "-q", "-f", "-l", "20", "-c", std::to_string(packets), "n1"}));
  const Ping ping = ping_of(outcome.out);
  REQUIRE(ping.sent == packets);
  const double deviation = std::sqrt(packets * lost_either_way * (1 - lost_either_way));
  CHECK(std::abs(packets - ping.received - packets * lost_either_way) < bound * deviation);

  // What the engine says it lost is what was missed: every request and every answer was taken in once.
  const Outcome links = lab.ask({"link"});
  CHECK(links.exit_code == 0);
  CHECK(links.out.find("n0>n1") != std::string::npos);
}
