// After SIGKILL at any moment of a virtual run, as root and as a user without privilege, no process of a guest is left;
// and no folder, once a verb has been called again.
#include <doctest/doctest.h>

#include "tests/system/killing.hpp"
#include "tests/virtual/root/user_kernel.hpp"

using namespace segue;
using namespace segue::test;
using namespace std::chrono_literals;

namespace {

constexpr unsigned kills_of_each = 20;

void kill_runs(Killing& killing, const std::filesystem::path& place, const Surroundings& surroundings) {
  for (unsigned i = 0; i < kills_of_each; ++i) {
    CAPTURE(i);
    const auto out = place / std::to_string(i);
    const Command words{"run",     lab_folder("prompt"), "--clock",     "virtual", "--mechanism", "prompt-scheduled",
                        "--probe", "iperf-udp",          "--handovers", "40",      "--out",       out};
    CHECK(killing.kill(segue_with(words), 3s, surroundings) == "");
    CHECK(run_segue({"ps"}, surroundings).exit_code == 0);
    CHECK(killing.files() == "");
    CHECK(std::filesystem::exists(out) == std::filesystem::exists(out / "summary.json"));
  }
}

}  // namespace

TEST_CASE("SIGKILL to a virtual run at any moment") {
  Killing killing(21);
  kill_runs(killing, killing.folder(), {});
  const User user(killing.folder());
  killing.look_at_host();  // he has mounts
  give_kernel(user);
  kill_runs(killing, user.home(), at_home(user));
  CHECK(killing.guests_met() > kills_of_each);
  MESSAGE(killing.guests_met() << " of " << 2 * kills_of_each << " met a guest, and all was gone within "
                               << killing.longest().count() / 1'000'000 << " ms");
}
