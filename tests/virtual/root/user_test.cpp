#include <doctest/doctest.h>

#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/root/user_kernel.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;

TEST_CASE("a user without any privilege, with nothing in the environment but HOME and PATH, gets the same bytes") {
  const Scratch scratch;
  const auto lab = lossy_lab(scratch.path());
  const auto measure = [&](const std::filesystem::path& out) {
    return segue_with({"run", lab, "--clock", "virtual", "--mechanism", "prompt-scheduled", "--probe", "voip",
                       "--probe", "iperf-udp", "--handovers", "3", "--interval", "3s", "--out", out});
  };
  const Outcome first = run(measure(scratch.path() / "first"));
  REQUIRE_MESSAGE(first.exit_code == 0, first.err);
  const User user(scratch.path());
  std::filesystem::permissions(scratch.path(), std::filesystem::perms(0755));
  give_kernel(user);
  const auto out = user.home() / "out";
  const Outcome second = run(measure(out), at_home(user));
  REQUIRE_MESSAGE(second.exit_code == 0, second.err);
  CHECK(differences(results_in(scratch.path() / "first"), results_in(out)) == "");
}
