// A lab goes down within a second, whatever it is about when it is told to: by `down`, SIGTERM or SIGINT. And it leaves
// nothing, not even what others started in its nodes.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "tests/system/host.hpp"
#include "tests/system/killing.hpp"
#include "tests/system/lab_up.hpp"
#include "tests/system/program.hpp"

using namespace segue;
using namespace segue::test;
using namespace std::chrono_literals;

namespace {

constexpr Delay promised = 1s;
constexpr int attempts = 3;  // the machine's own business may take one of them a while

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

pid_t process_with(const std::string& part, const std::string& and_part) {
  for (const pid_t pid : descendants(::getpid())) {
    const auto line = command_line(pid);
    if (has(line, part) && has(line, and_part)) return pid;
  }
  return 0;
}

using Way = std::function<void(LabUp& lab)>;
void by_down(LabUp& lab) { CHECK(lab.down().exit_code == 0); }
Way by_signal(int signal) {
  return [signal](LabUp& lab) {
    const pid_t keeper = keeper_of(lab.name());
    REQUIRE(keeper != 0);
    ::kill(keeper, signal);
    CHECK(eventually([&] { return keeper_of(lab.name()) == 0; }, 10s));
  };
}

// What a lab is about. What is returned goes on until the lab is down.
using Business = std::function<std::shared_ptr<void>(LabUp& lab)>;

// A handover of seconds: under way once its call has bound its port (61204) at the mobile.
std::shared_ptr<void> hand_over_slowly(LabUp& lab) {
  REQUIRE(lab.ask({"link", "map-inet", "--delay", "20s"}).exit_code == 0);
  auto handover = std::make_shared<Process>(segue_with({"handover", "--lab", lab.name()}));
  const auto calls = [&] { return has(run(lab.inside("mn", {"cat", "/proc/net/udp6"})).out, ":EF14 "); };
  REQUIRE(eventually(calls, 10s));
  return handover;
}

// A handover that an agent does not answer for: it is asked, and nothing more happens.
std::shared_ptr<void> wait_for_an_agent(LabUp& lab) {
  const pid_t hung = lab.agent_of("ar1");
  REQUIRE(hung > 0);
  ::kill(hung, SIGSTOP);
  auto handover = std::make_shared<Process>(segue_with({"handover", "--lab", lab.name()}));
  REQUIRE_FALSE(handover->ends_within(1500ms));
  return handover;
}

// Its keeper waits for a link engine that is stopped: it answers nobody.
std::shared_ptr<void> wait_for_the_links(LabUp& lab) {
  const pid_t hung = process_with("segue-wire", "--control");
  REQUIRE(hung > 0);
  ::kill(hung, SIGSTOP);
  REQUIRE(eventually([&] { return !Process(segue_with({"ps", lab.name()})).ends_within(1500ms); }, 10s));
  return {};
}

std::shared_ptr<void> be_watched(LabUp& lab) {
  auto watch = std::make_shared<Process>(segue_with({"watch", lab.name()}));
  REQUIRE(eventually([&] { return has(run_segue({"watch", "--once", lab.name()}).out, "mn"); }, 10s));
  return watch;
}

// The least time of some attempts, each on a lab of its own.
Delay time_to_go_down(const Business& business, const Way& way, const Command& options = {"--links", "wire"}) {
  Delay least = 1h;
  for (int attempt = 0; attempt < attempts && least >= promised; ++attempt) {
    const HostState before = host_state();
    LabUp lab(lab_folder("prompt"), options);
    auto busy = business(lab);
    const auto namespaces = namespaces_below();
    CHECK(namespaces.size() >= 7);
    const Instant told = now();
    way(lab);
    least = std::min(least, now() - told);
    busy.reset();  // it is waited for by its number, before whatever else ended is
    const auto gone = [&] {
      reap();
      const auto left = descendants(::getpid());
      return held(namespaces).empty() && std::none_of(left.begin(), left.end(), [&](pid_t pid) {
               return has(command_line(pid), "segue-") || has(command_line(pid), " keeper ");
             });
    };
    CHECK(eventually(gone, 1s));
    CHECK(difference(before, host_state()) == "");
  }
  return least;
}

}  // namespace

TEST_CASE("a lab that is idle goes down within a second, clients connected or not") {
  CHECK(time_to_go_down([](LabUp&) { return nullptr; }, by_down) < promised);
  CHECK(time_to_go_down(be_watched, by_down) < promised);
}

TEST_CASE("a lab goes down within a second while a handover waits for packets under way for seconds") {
  for (const Way& way : {Way(by_down), by_signal(SIGTERM), by_signal(SIGINT)})
    CHECK(time_to_go_down(hand_over_slowly, way) < promised);
}

TEST_CASE("a lab goes down within a second while a handover waits for an agent that hangs") {
  for (const Way& way : {Way(by_down), by_signal(SIGTERM)}) CHECK(time_to_go_down(wait_for_an_agent, way) < promised);
}

TEST_CASE("a lab goes down within a second while its keeper waits for a link engine that hangs") {
  for (const Way& way : {Way(by_down), by_signal(SIGTERM)}) CHECK(time_to_go_down(wait_for_the_links, way) < promised);
}

TEST_CASE("a lab that hands over and over, with its Prometheus, goes down within a second") {
  const Command watched{"--watch", "--every", "2s"};
  for (const Way& way : {Way(by_down), by_signal(SIGTERM)}) CHECK(time_to_go_down(be_watched, way, watched) < promised);
}

TEST_CASE("a lab goes down within a second while it comes up") {
  const auto name = fmt::format("test-{}", ::getpid());
  Delay least = 1h;
  for (int attempt = 0; attempt < attempts && least >= promised; ++attempt) {
    Process up(segue_with({"up", lab_folder("prompt"), "--name", name, "--metrics", "127.0.0.1:0"}));
    REQUIRE(eventually([&] { return process_with("segue-node", "--control") != 0; }, 10s));
    const auto namespaces = namespaces_below();
    const Instant told = now();
    CHECK(run_segue({"down", name}).exit_code == 0);
    least = std::min(least, now() - told);
    up.wait(10s);
    CHECK(eventually([&] { return reap(), descendants(::getpid()).empty() && held(namespaces).empty(); }, 1s));
  }
  CHECK(least < promised);
}

TEST_CASE("what `exec` started goes with the lab, in the background and whatever it thinks of hanging up") {
  LabUp lab(lab_folder("prompt"));
  const std::string script = "trap '' HUP; tail -f /dev/null & exec tail -f /dev/null --pid=1";
  Process inside(lab.inside("mn", {"sh", "-c", script}));
  Process polite(lab.inside("cn", {"sh", "-c", "trap 'exit 9' HUP; echo waits; tail -f /dev/null & wait"}));
  polite.await_line(Process::Stream::out, "waits");
  REQUIRE(eventually([] { return process_with("tail", "--pid=1") != 0; }, 10s));
  const auto namespaces = namespaces_below();
  CHECK(lab.down().exit_code == 0);
  CHECK(inside.wait(1s).exit_code == 128 + SIGKILL);
  CHECK(polite.wait(1s).exit_code == 9);
  CHECK(eventually([&] { return reap(), held(namespaces).empty() && process_with("tail", "/dev/null") == 0; }, 1s));
}

TEST_CASE("an agent that hangs is a node that is down, and the lab goes on without it") {
  LabUp lab(lab_folder("prompt"));
  ::kill(lab.agent_of("ar2"), SIGSTOP);
  const auto told = [&] { return has(run_segue({"ps", lab.name()}).out, "(ended)"); };
  CHECK(eventually(told, 20s));
  Process ps(segue_with({"ps", lab.name()}));
  CHECK(ps.ends_within(5s));  // nobody waits for it again
  const Outcome handover = lab.ask({"handover"});
  CHECK(handover.exit_code == 1);
  CHECK(has(handover.err, "node ar2: its agent did not answer for 10 s, and was killed"));
}

TEST_CASE("a lab whose link engine has ended says so, refuses what needs links, and goes down") {
  LabUp lab(lab_folder("prompt"), {"--links", "wire"});
  const pid_t wire = process_with("segue-wire", "--control");
  REQUIRE(wire > 0);
  ::kill(wire, SIGKILL);
  const std::string end = "has ended (ended by signal 9), and they with it: take the lab down";
  CHECK(eventually([&] { return has(run_segue({"ps", lab.name()}).out, end); }, 5s));
  CHECK(has(run_segue({"watch", "--once", lab.name()}).out, "segue-wire"));
  for (const Command& words : {Command{"handover"}, Command{"link"}}) {
    const Outcome refused = lab.ask(words);
    CHECK(refused.exit_code == 1);
    CHECK(has(refused.err, end));
  }
  CHECK(run(lab.inside("mn", {"true"})).exit_code == 0);
  CHECK(lab.down().exit_code == 0);
}
