// After SIGKILL at any moment of a virtual run, as root and as a user without privilege, no process of a guest is left;
// and no folder, once a verb has been called again.
#include <doctest/doctest.h>

#include "tests/system/killing.hpp"
#include "tests/virtual/root/nobody.hpp"

using namespace segue;
using namespace segue::test;
using namespace std::chrono_literals;

namespace {

constexpr unsigned kills_of_each = 20;

Command virtual_run(const std::filesystem::path& out) {
  return {"run",     lab_folder("prompt"), "--clock",     "virtual", "--mechanism", "prompt-scheduled",
          "--probe", "iperf-udp",          "--handovers", "40",      "--out",       out};
}

}  // namespace

TEST_CASE("SIGKILL to a virtual run at any moment") {
  Killing killing(21);
  const Nobody nobody(killing.folder());
  const Surroundings own;
  for (unsigned i = 0; i < 2 * kills_of_each; ++i) {
    CAPTURE(i);
    const bool as_root = i % 2 == 0;
    const auto out = (as_root ? killing.folder() : nobody.home()) / std::to_string(i);
    const auto segue = [&](const Command& words) { return as_root ? segue_with(words) : nobody.segue_with(words); };
    const auto surroundings = as_root ? own : nobody.surroundings();
    CHECK(killing.kill(segue(virtual_run(out)), 3s, surroundings) == "");
    CHECK(run(segue({"ps"}), surroundings).exit_code == 0);
    CHECK(killing.files() == "");
    CHECK(std::filesystem::exists(out) == std::filesystem::exists(out / "summary.json"));
  }
  CHECK(killing.guests_met() > kills_of_each);
  MESSAGE(killing.guests_met() << " of " << 2 * kills_of_each << " met a guest, and all was gone within "
                               << killing.longest().count() / 1'000'000 << " ms");
}
