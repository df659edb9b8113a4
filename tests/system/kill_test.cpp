// The kernel collects the garbage: after SIGKILL to the orchestrator at any moment nothing of a lab is left, and the
// host is as it was.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "tests/system/killing.hpp"
#include "tests/system/program.hpp"
#include "tests/system/user.hpp"

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

// From the first of his kills on, everything is this user's.
std::optional<User>& user() {
  static std::optional<User> the_user;
  return the_user;
}

// Every other time a user may open /dev/net/tun.
void belongs_to_a_user(unsigned time) {
  if (!user()) {
    user().emplace(killing().folder());
    killing().look_at_host();  // he has mounts
  }
  user()->may_open_tun(time % 2 == 0);
}

void kill_runs(bool of_a_user) {
  // Signalling over netlink, commands in the nodes, and iperf: everything that starts a process.
  const Command kinds[] = {{"--mechanism", "prompt-scheduled", "--mechanism", "prompt-unscheduled", "--probe", "voip",
                            "--interval", "500ms"},
                           {"--mechanism", "prompt-scheduled-ip-route", "--probe", "voip", "--interval", "600ms"},
                           {"--mechanism", "prompt-scheduled", "--probe", "iperf-udp", "--interval", "1500ms"}};
  for (unsigned i = 0; i < kills_of_each; ++i) {
    CAPTURE(i);
    if (of_a_user) belongs_to_a_user(i);
    const auto out = (of_a_user ? user()->home() : killing().folder()) / std::to_string(i);
    Command words{"run", lab_folder("prompt"), "--handovers", "2", "--metrics", "127.0.0.1:0", "--out", out};
    const Command& kind = kinds[i % std::size(kinds)];
    words.insert(words.end(), kind.begin(), kind.end());
    CHECK(killing().kill(segue_with(words), i % std::size(kinds) == 2 ? 5s : 2500ms) == "");
    CHECK(killing().files() == "");
    CHECK(std::filesystem::exists(out) == std::filesystem::exists(out / "summary.json"));
  }
}

void kill_keepers(bool of_a_user) {
  const std::string name = fmt::format("kill-{}", ::getpid());
  for (unsigned i = 0; i < kills_of_each; ++i) {
    CAPTURE(i);
    if (of_a_user) belongs_to_a_user(i);
    const std::string script = fmt::format(
        "{0} up {1} --name {2} --metrics 127.0.0.1:0 && {0} handover --lab {2} && "
        "{0} handover --lab {2} --mechanism prompt-scheduled-ip-route && {0} down {2}",
        segue_with({}).front(), lab_folder("prompt").string(), name);
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

}  // namespace

TEST_CASE("SIGKILL to a run at any moment") { kill_runs(false); }

TEST_CASE("SIGKILL to the keeper of a lab that is up, at any moment from its beginning to its end") {
  kill_keepers(false);
}

TEST_CASE("SIGKILL to the run of a user without privilege, at any moment") { kill_runs(true); }

TEST_CASE("SIGKILL to the keeper of a user's lab, at any moment from its beginning to its end") { kill_keepers(true); }

TEST_CASE("most of these kills met a lab") {
  CHECK(killing().labs_met() > 2 * kills_of_each);
  MESSAGE(killing().labs_met() << " of " << 4 * kills_of_each << ", and all was gone within "
                               << killing().longest().count() / 1'000'000 << " ms");
}
