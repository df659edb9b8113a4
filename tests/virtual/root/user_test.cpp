#include <doctest/doctest.h>

#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/root/nobody.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;

TEST_CASE("a user without any privilege, with nothing in the environment but HOME and PATH, gets the same bytes") {
  const Scratch scratch;
  const Nobody nobody(scratch.path());
  const auto lab = lossy_lab(scratch.path());
  const auto measure = [&](const std::filesystem::path& out) {
    return Command{"run",        lab,    "--clock", "virtual",   "--mechanism", "prompt-scheduled",
                   "--probe",    "voip", "--probe", "iperf-udp", "--handovers", "3",
                   "--interval", "3s",   "--out",   out};
  };
  const Outcome first = run(segue_with(measure(scratch.path() / "first")));
  REQUIRE_MESSAGE(first.exit_code == 0, first.err);
  const auto out = nobody.home() / "out";
  const Outcome second = run(nobody.segue_with(measure(out)), nobody.surroundings());
  REQUIRE_MESSAGE(second.exit_code == 0, second.err);
  CHECK(differences(results_in(scratch.path() / "first"), results_in(out)) == "");
}
