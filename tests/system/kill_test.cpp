// The kernel collects the garbage: after SIGKILL to the orchestrator at any moment nothing of a lab is left, and the
// host is as it was.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <string>

#include "tests/system/killing.hpp"
#include "tests/system/program.hpp"

using namespace segue;
using namespace segue::test;
using namespace std::chrono_literals;

namespace {

constexpr unsigned kills_of_each = 25;

// One host for all kills: places of its own, and what it looked like before the first.
Killing& killing() {
  static Killing the_killing(20);
  return the_killing;
}

}  // namespace

TEST_CASE("SIGKILL to a run at any moment") {
  // Signalling over netlink, commands in the nodes, and iperf: everything that starts a process.
  const Command kinds[] = {{"--mechanism", "prompt-scheduled", "--mechanism", "prompt-unscheduled", "--probe", "voip",
                            "--interval", "500ms"},
                           {"--mechanism", "prompt-scheduled-ip-route", "--probe", "voip", "--interval", "600ms"},
                           {"--mechanism", "prompt-scheduled", "--probe", "iperf-udp", "--interval", "1500ms"}};
  for (unsigned i = 0; i < kills_of_each; ++i) {
    CAPTURE(i);
    const auto out = killing().folder() / std::to_string(i);
    Command words{"run", lab_folder("prompt"), "--handovers", "2", "--metrics", "127.0.0.1:0", "--out", out};
    const Command& kind = kinds[i % std::size(kinds)];
    words.insert(words.end(), kind.begin(), kind.end());
    CHECK(killing().kill(segue_with(words), i % std::size(kinds) == 2 ? 5s : 2500ms) == "");
    CHECK(killing().files() == "");
    CHECK(std::filesystem::exists(out) == std::filesystem::exists(out / "summary.json"));
  }
}

TEST_CASE("SIGKILL to the keeper of a lab that is up, at any moment from its beginning to its end") {
  const std::string name = fmt::format("kill-{}", ::getpid());
  const std::string script = fmt::format(
      "{0} up {1} --name {2} --metrics 127.0.0.1:0 && {0} handover --lab {2} && "
      "{0} handover --lab {2} --mechanism prompt-scheduled-ip-route && {0} down {2}",
      SEGUE_PROGRAM, lab_folder("prompt").string(), name);
  for (unsigned i = 0; i < kills_of_each; ++i) {
    CAPTURE(i);
    Process chain({"/bin/sh", "-c", script});
    const Delay moment = killing().moment(2500ms);
    CAPTURE(moment.count());
    chain.ends_within(moment);
    pid_t keeper = 0;
    eventually([&] { return (keeper = keeper_of(name)) != 0 || chain.ends_within(0ns); }, 1s);
    CHECK(killing().kill(keeper, chain) == "");
    CHECK(killing().files() == "");
  }
}

TEST_CASE("most of these kills met a lab") {
  CHECK(killing().labs_met() > kills_of_each);
  MESSAGE(killing().labs_met() << " of " << 2 * kills_of_each << ", and all was gone within "
                               << killing().longest().count() / 1'000'000 << " ms");
}
