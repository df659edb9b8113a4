#include "nodes/base/loop.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <vector>

using namespace segue;
using namespace std::chrono_literals;

TEST_CASE("timers fire in the order of their instants, those of one instant in the order they were set") {
  Loop loop;
  std::vector<int> fired;
  const Instant start = now();
  loop.at(start + 2ms, [&] { fired.push_back(3); });
  loop.at(start + 1ms, [&] { fired.push_back(1); });
  loop.at(start + 1ms, [&] { fired.push_back(2); });
  const auto cancelled = loop.at(start + 1ms, [&] { fired.push_back(-1); });
  loop.cancel(cancelled);
  loop.at(start + 3ms, [&] { loop.stop(); });
  loop.run();
  CHECK(fired == std::vector{1, 2, 3});
}

TEST_CASE("a timer is never early and its lateness is reported, until it had been dealt with") {
  Loop loop;
  Loop::TimerTimes seen{};
  loop.on_timer([&](const Loop::TimerTimes& timer) { seen = timer; });
  const Instant due = now() + 1ms;
  loop.at(due, [&] {
    while (now() < due + 2ms) continue;
    loop.stop();
  });
  loop.run();
  CHECK(seen.due == due);
  CHECK(seen.fired >= due);
  CHECK(seen.handled >= due + 2ms);
}

TEST_CASE("a descriptor's handler may remove another one that is ready in the same turn") {
  Loop loop;
  std::array<int, 2> first{};
  std::array<int, 2> second{};
  REQUIRE(::pipe(first.data()) == 0);
  REQUIRE(::pipe(second.data()) == 0);
  const std::array fds{Fd(first[0]), Fd(first[1]), Fd(second[0]), Fd(second[1])};
  int calls = 0;
  const auto once = [&] {
    ++calls;
    loop.remove(first[0]);
    loop.remove(second[0]);
  };
  loop.on_readable(first[0], once);
  loop.on_readable(second[0], once);
  REQUIRE(::write(first[1], "x", 1) == 1);
  REQUIRE(::write(second[1], "x", 1) == 1);
  CHECK(loop.run_once(1s));
  CHECK(calls == 1);
}

TEST_CASE("an event of a descriptor that was closed is not one of the next that has its number") {
  Loop loop;
  std::array<int, 2> first{};
  std::array<int, 2> second{};
  std::array<int, 2> quiet{};
  REQUIRE(::pipe(first.data()) == 0);
  REQUIRE(::pipe(second.data()) == 0);
  REQUIRE(::pipe(quiet.data()) == 0);
  const std::array fds{Fd(first[0]), Fd(first[1]), Fd(second[0]), Fd(second[1]), Fd(quiet[0]), Fd(quiet[1])};
  int calls = 0;
  int calls_of_the_next = 0;
  const auto replace = [&](int number) {
    ++calls;
    loop.remove(number);
    REQUIRE(::dup2(quiet[0], number) == number);
    loop.on_readable(number, [&] { ++calls_of_the_next; });
  };
  loop.on_readable(first[0], [&] { replace(second[0]); });
  loop.on_readable(second[0], [&] { replace(first[0]); });
  REQUIRE(::write(first[1], "x", 1) == 1);
  REQUIRE(::write(second[1], "x", 1) == 1);
  CHECK(loop.run_once(1s));
  CHECK(calls == 1);
  CHECK(calls_of_the_next == 0);
}

TEST_CASE("a handler that waits in the loop is left when the loop is stopped, and with it every one it waits in") {
  Loop loop;
  std::vector<int> left;
  const auto wait_and_note = [&](int number) {
    struct Note {
      std::vector<int>& left;
      int number;
      ~Note() { left.push_back(number); }
    } const note{left, number};
    loop.run_until(now() + 1h);
    left.push_back(-number);  // never: an hour has not passed
  };
  loop.after(0ms, [&] { wait_and_note(1); });
  loop.after(1ms, [&] { wait_and_note(2); });
  loop.after(2ms, [&] { loop.stop(); });
  loop.run();
  CHECK(left == std::vector{2, 1});

  loop.after(0ms, [&] { loop.stop(); });
  loop.run();  // and can be run again
}
