// Every packet that is missing has a place and a cause, and these sum to what is missing, in virtual time to the packet.
#include "tests/agreement/causes.hpp"

#include <doctest/doctest.h>

#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;

TEST_CASE("with loss, small queues and small buffers causes sum to the losses, and none is unknown") {
  const Scratch scratch;
  const auto lab = scratch.path() / "lossy";
  write_lossy_lab(lab);
  Command words{"--probe", "voip", "--handovers", "20"};
  for (const auto& mechanism : lossy_mechanisms) words.insert(words.end(), {"--mechanism", mechanism});
  run_virtual(lab, scratch.path() / "out", words);
  const Causes causes = causes_in(scratch.path() / "out");
  for (const auto& difference : causes.differences) FAIL_CHECK(difference);
  CHECK(causes.handovers == 60);
  CHECK(causes.completed > 40);
  CHECK(causes.lost > 500);
  for (const char* cause :
       {"radio off", "blackhole", "buffer overflow", "buffer discarded", "queue limit", "link loss"}) {
    CAPTURE(cause);
    CHECK(causes.sums.contains(cause));
  }
  CHECK_FALSE(causes.sums.contains("unknown"));
}
