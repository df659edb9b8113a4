#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "nodes/base/clock.hpp"
#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "orchestrator/guest/date.hpp"
#include "tests/virtual/work.hpp"

using namespace segue;
using namespace segue::test;
using namespace std::chrono_literals;
using guest::GuestOutcome;

namespace {

const Work echo("echo", [](const Arguments& arguments) {
  for (const auto& argument : arguments) say(argument);
  return 42;
});

const Work timers("timers", [](const Arguments&) {
  const Fd timer(check(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "make a timer"));
  const Fd epoll(check(::epoll_create1(EPOLL_CLOEXEC), "make an epoll"));
  epoll_event event{EPOLLIN, {}};
  check(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, timer.get(), &event), "watch the timer");
  for (const Delay wanted : {Delay{10us}, Delay{10ms}, Delay{1h}}) {
    const Instant due = now() + wanted;
    const itimerspec when{{}, {to_ns(due) / 1'000'000'000, to_ns(due) % 1'000'000'000}};
    check(::timerfd_settime(timer.get(), TFD_TIMER_ABSTIME, &when, nullptr), "set the timer");
    check(::epoll_wait(epoll.get(), &event, 1, -1), "wait for the timer");
    say(std::to_string((now() - due).count()));
    std::uint64_t expired = 0;
    check(::read(timer.get(), &expired, sizeof expired), "read the timer");
  }
  return 0;
});

const Work spin("spin", [](const Arguments&) -> int {
  say("spinning");
  for (;;) asm volatile("");
});

Arguments shell(const std::string& script) { return {"run", "sh", "-c", script}; }

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD; }

}  // namespace

TEST_CASE("arguments arrive as given and the exit code comes back") {
  const Folder out;
  const auto ran = in_guest(guest_options({"echo", "", "a  b", "\"q\" $x", "--lab=\u00e9"}, out));
  CHECK(ran.lines == std::vector<std::string>{"echo", "a  b", "\"q\" $x", "--lab=\u00e9"});  // empty lines are left out
  CHECK(ran.result.outcome == GuestOutcome::finished);
  CHECK(ran.result.exit_code == 42);
}

TEST_CASE("work that throws or dies of a signal has failed, and says how") {
  const Folder out;
  const auto threw = in_guest(guest_options({"run", "/nonexistent"}, out));
  CHECK(threw.result.exit_code == 1);
  CHECK(threw.lines == std::vector<std::string>{"run /nonexistent: No such file or directory"});
  CHECK(in_guest(guest_options(shell("kill -9 $$"), out)).result.exit_code == 128 + SIGKILL);
}

TEST_CASE("the clock shows the date that was asked for when the work begins, and goes on from there") {
  const Folder out;
  auto options = guest_options(shell("date -u +%s.%N; sleep 86400; date -u +%s"), out);
  options.date_s = 1'900'000'000;
  const auto ran = in_guest(options);
  REQUIRE(ran.lines.size() == 2);
  CHECK(ran.lines[0].starts_with("1900000000.0000"));
  CHECK(ran.lines[1] == "1900086400");
  CHECK(in_guest(guest_options(shell("date -u +%F"), out)).lines == std::vector<std::string>{guest::default_date});
}

TEST_CASE("the work sees the environment it is given and no other") {
  const Folder out;
  ::setenv("SEGUE_TEST_LEAK", "1", 1);
  auto options = guest_options({"run", "env"}, out);
  options.environment = {"COLOUR=deep blue"};
  const auto ran = in_guest(options);
  CHECK(ran.lines.size() == 4);
  CHECK(std::count(ran.lines.begin(), ran.lines.end(), "COLOUR=deep blue") == 1);
}

TEST_CASE("the output folder is written on the host, and nothing else is") {
  const Folder out;
  const Folder other;
  auto options =
      guest_options(shell(fmt::format("echo kept > {}/kept; mkdir {}/d; touch {}/x /etc/x ~/x; ls {}",
                                      out.path.native(), out.path.native(), other.path.native(), other.path.native())),
                    out);
  options.visible = {other.path};
  std::ofstream(other.path / "shown") << "shown";
  const auto ran = in_guest(options);
  CHECK(ran.lines.back() == "shown");
  CHECK(content(out.path / "kept") == "kept\n");
  CHECK(std::filesystem::is_directory(out.path / "d"));
  CHECK_FALSE(std::filesystem::exists(other.path / "x"));
  CHECK_FALSE(std::filesystem::exists("/etc/x"));
}

TEST_CASE("a timer in virtual time is exact to a few readings of the clock, and an hour passes in moments") {
  const Folder out;
  const auto ran = in_guest(guest_options({"timers"}, out));
  REQUIRE(ran.lines.size() == 3);
  for (const auto& line : ran.lines) {
    CHECK(std::stoll(line) >= 0);
    CHECK(std::stoll(line) < 1000);
  }
  CHECK(ran.result.wall < 30s);
}

TEST_CASE("a guest in real time waits as the host does") {
  const Folder out;
  auto options = guest_options({"run", "sleep", "0.2"}, out);
  options.virtual_time = false;
  const auto ran = in_guest(options);
  CHECK(ran.result.exit_code == 0);
  CHECK(ran.result.wall > 200ms);
}

TEST_CASE("a guest whose init cannot be executed panics and is reported with its last words") {
  const Folder out;
  auto options = guest_options({}, out);
  options.init = out.path / "not-a-program";
  std::ofstream(options.init) << "text";
  std::filesystem::permissions(options.init, std::filesystem::perms::owner_all);
  const auto ran = in_guest(options);
  CHECK(ran.result.outcome == GuestOutcome::panicked);
  CHECK(ran.result.exit_code == 1);
  CHECK(ran.result.kernel_end == "signal 6 (Aborted)");
  CHECK(ran.result.console_tail.find("Kernel panic") != std::string::npos);
}

TEST_CASE("work that says nothing for the hang limit is given up, and work that goes on for ever at the wall limit") {
  const Folder out;
  auto options = guest_options({"spin"}, out);
  options.hang_limit = 1s;
  const auto hung = in_guest(options);
  CHECK(hung.result.outcome == GuestOutcome::hung);
  CHECK(hung.result.exit_code == 1);
  CHECK(hung.result.kernel_end == "signal 9 (Killed)");
  CHECK(hung.result.console_tail == "spinning\n");

  options.arguments = shell("while :; do sleep 1; echo tick; done");
  options.wall_limit = 1s;
  options.hang_limit = 30s;
  CHECK(in_guest(options).result.outcome == GuestOutcome::timed_out);
  CHECK_FALSE(has_children());
}

TEST_CASE("Ctrl-C lets the work finish what it has, and the results say so") {
  const Folder out;
  const auto options =
      guest_options(shell("trap 'echo partial > results; exit 3' TERM; while :; do sleep 1; echo tick; done"), out);
  bool asked = false;
  const auto result = guest::run_guest(options, [&](std::string_view) {
    if (!std::exchange(asked, true)) ::kill(::getpid(), SIGINT);
  });
  CHECK(result.outcome == GuestOutcome::interrupted);
  CHECK(result.exit_code == 3);
  CHECK(content(out.path / "results") == "partial\n");
  CHECK_FALSE(has_children());
}

TEST_CASE("a second Ctrl-C ends work that does not listen, and what reached its files before is kept") {
  const Folder out;
  const auto options =
      guest_options(shell("trap '' TERM; echo early > results; sleep 5; while :; do sleep 1; echo tick; done"), out);
  int ticks = 0;
  const auto result = guest::run_guest(options, [&](std::string_view) {
    if (++ticks <= 2) ::kill(::getpid(), SIGTERM);
  });
  CHECK(result.outcome == GuestOutcome::interrupted);
  CHECK(content(out.path / "results") == "early\n");
}

TEST_CASE("guests run side by side, their results in the order asked, and leave no process and no file") {
  const Folder scratch;
  ::setenv("TMPDIR", scratch.path.c_str(), 1);
  const Folder out;
  std::vector<guest::GuestOptions> guests;
  guests.reserve(5);
  for (int i = 0; i < 5; ++i)
    guests.push_back(guest_options(shell(fmt::format("echo {} > {}; exit {}", i, i, i)), out));
  const auto results = guest::run_guests(guests, 3, {});
  ::unsetenv("TMPDIR");
  for (int i = 0; i < 5; ++i) {
    CHECK(results.at(static_cast<std::size_t>(i)).exit_code == i);
    CHECK(content(out.path / std::to_string(i)) == fmt::format("{}\n", i));
  }
  CHECK_FALSE(has_children());
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path)) CHECK(entry.path() == out.path);
}
