// The metrics of a virtual run, by the program that is to read them.
#include <doctest/doctest.h>

#include <filesystem>

#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;

TEST_CASE("promtool makes blocks of a virtual run's metrics, and Prometheus finds the handovers in them") {
  REQUIRE_MESSAGE(run({"promtool", "--version"}).exit_code == 0, "no promtool: apt-get install prometheus");
  const Scratch scratch;
  const auto out = scratch.path() / "out";
  run_virtual(lab_folder("prompt"), out, {"--mechanism", "prompt-scheduled", "--handovers", "2"});
  const auto blocks = scratch.path() / "blocks";
  const Outcome made = run({"promtool", "tsdb", "create-blocks-from", "openmetrics", out / "metrics.om", blocks});
  INFO(made.out << made.err);
  REQUIRE(made.exit_code == 0);
  std::filesystem::create_directory(blocks / "wal");  // dump asks for one
  const Outcome dump = run({"promtool", "tsdb", "dump", "--match={__name__=\"segue_handovers_total\"}", blocks});
  CHECK(dump.exit_code == 0);
  // Three runs of two handovers; the time is the guest's.
  CHECK(dump.out.find(
            "lab=\"prompt\", mechanism=\"prompt-scheduled\", mobile=\"mn\", outcome=\"complete\"} 6 10000000") !=
        std::string::npos);
}
