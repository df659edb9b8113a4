#include "orchestrator/guest/time_left.hpp"

#include <doctest/doctest.h>

using namespace segue;
using namespace segue::guest;
using namespace std::chrono_literals;

TEST_CASE("the time left is at first what was expected, and nothing at the end") {
  CHECK(time_left(0, 0s, 200s) == 200s);
  CHECK(time_left(1, 350s, 200s) == 0s);
}

TEST_CASE("work that keeps the pace that was expected has the rest of that time left") {
  CHECK(time_left(0.25, 50s, 200s) == 150s);
  CHECK(time_left(0.75, 150s, 200s) == 50s);
}

TEST_CASE("what was measured outweighs what was expected, whichever way that was wrong") {
  const Delay slow = time_left(0.5, 400s, 200s);  // in truth 400 s
  CHECK(slow > 300s);
  CHECK(slow < 400s);
  const Delay fast = time_left(0.5, 25s, 200s);  // in truth 25 s
  CHECK(fast > 25s);
  CHECK(fast < 50s);
}
