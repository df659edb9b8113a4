// The kernel collects the garbage: after SIGKILL to the orchestrator at any moment nothing of a lab is left, and the
// host is as it was.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>

#include "tests/system/host.hpp"
#include "tests/system/program.hpp"
#include "tests/system/user.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

constexpr unsigned kills_of_each = 25;
constexpr Delay patience = 1s;

// One host for all kills: places of its own, and what it looked like before the first.
struct Host {
  EmptyPlaces places;
  Scratch scratch;  // in one of them
  std::optional<User> user;
  HostState before = host_state();
  Delay longest{0};
  unsigned labs_met = 0;  // kills that met a lab, and not only a program that starts or ends
  std::mt19937 random{20};

  // Whose labs are killed: root's, or a user's, who may open /dev/net/tun every other time.
  void belongs_to(bool a_user, unsigned time) {
    if (a_user && !user) {
      user.emplace(scratch.path());
      before = host_state();  // he has mounts
    }
    if (user) user->may_open_tun(time % 2 == 0);
  }
  fs::path results(unsigned time) const { return (user ? user->home() : scratch.path()) / std::to_string(time); }

  Delay moment(Delay span) { return Delay(std::uniform_int_distribution<std::int64_t>(0, span.count())(random)); }

  std::vector<fs::path> files() const {
    auto found = places.files();
    std::erase_if(found, [this](const fs::path& file) { return file.string().rfind(scratch.path().string(), 0) == 0; });
    return found;
  }

  // After the kill: gone within a second, and the host as before.
  void check_clean(const std::set<ino_t>& namespaces, Instant killed) {
    const auto nothing_left = [&] {
      reap();
      return descendants(::getpid()).empty() && held(namespaces).empty();
    };
    labs_met += namespaces.empty() ? 0 : 1;
    const bool gone = eventually(nothing_left, patience);
    longest = std::max(longest, now() - killed);
    std::string left;
    for (const pid_t pid : descendants(::getpid())) left += fmt::format("{} {}\n", pid, command_line(pid));
    INFO(left);
    CHECK(gone);
    CHECK(files().empty());
    CHECK(difference(before, host_state()) == "");
  }
};

Host& host() {
  static Host the_host;
  return the_host;
}

std::set<ino_t> namespaces_below(pid_t ancestor) {
  auto namespaces = namespaces_of(descendants(ancestor));
  for (const ino_t ours : namespaces_of({::getpid()})) namespaces.erase(ours);
  return namespaces;
}

pid_t keeper_of(const std::string& lab) {
  for (const pid_t pid : descendants(::getpid())) {
    const std::string line = command_line(pid);
    if (line.find(" keeper ") != std::string::npos && line.find(lab) != std::string::npos) return pid;
  }
  return 0;
}

void kill_runs(bool of_a_user) {
  // Signalling over netlink, commands in the nodes, and iperf: everything that starts a process.
  const Command kinds[] = {{"--mechanism", "prompt-scheduled", "--mechanism", "prompt-unscheduled", "--probe", "voip",
                            "--interval", "500ms"},
                           {"--mechanism", "prompt-scheduled-ip-route", "--probe", "voip", "--interval", "600ms"},
                           {"--mechanism", "prompt-scheduled", "--probe", "iperf-udp", "--interval", "1500ms"}};
  for (unsigned i = 0; i < kills_of_each; ++i) {
    CAPTURE(i);
    host().belongs_to(of_a_user, i);
    Command words{"run",   lab_folder("prompt").string(), "--handovers", "2", "--metrics", "127.0.0.1:0",
                  "--out", host().results(i).string()};
    const Command& kind = kinds[i % std::size(kinds)];
    words.insert(words.end(), kind.begin(), kind.end());
    Process program(segue_with(words));
    const Delay moment = host().moment(i % std::size(kinds) == 2 ? 5s : 2500ms);
    CAPTURE(moment.count());
    program.ends_within(moment);
    const auto namespaces = namespaces_below(::getpid());
    const Instant killed = now();
    program.send(SIGKILL);
    program.wait();
    host().check_clean(namespaces, killed);
  }
}

void kill_keepers(bool of_a_user) {
  const std::string name = fmt::format("kill-{}", ::getpid());
  for (unsigned i = 0; i < kills_of_each; ++i) {
    CAPTURE(i);
    host().belongs_to(of_a_user, i);
    const std::string script = fmt::format(
        "{0} up {1} --name {2} --metrics 127.0.0.1:0 && {0} handover --lab {2} && "
        "{0} handover --lab {2} --mechanism prompt-scheduled-ip-route && {0} down {2}",
        segue_with({}).front(), lab_folder("prompt").string(), name);
    Process chain({"/bin/sh", "-c", script});
    const Delay moment = host().moment(2500ms);
    CAPTURE(moment.count());
    chain.ends_within(moment);
    pid_t keeper = 0;
    eventually([&] { return (keeper = keeper_of(name)) != 0 || chain.ends_within(0ns); }, patience);
    const auto namespaces = namespaces_below(::getpid());
    const Instant killed = now();
    if (keeper != 0) ::kill(keeper, SIGKILL);
    chain.wait(10s);
    host().check_clean(namespaces, killed);
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
  CHECK(host().labs_met > 2 * kills_of_each);
  MESSAGE(host().labs_met << " of " << 4 * kills_of_each << ", and all was gone within "
                          << host().longest.count() / 1'000'000 << " ms");
}
