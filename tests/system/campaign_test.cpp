// A campaign on the real clock.
#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/system/labs.hpp"
#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;

TEST_CASE("a run that takes longer than it may is given up with all it had started, reported, and the rest goes on") {
  const Scratch scratch;
  endless_lab(scratch.path(), "tail -f /dev/null");
  const auto file = scratch.write("prompt/campaigns/endless.toml",
                                  "mechanisms = [\"endless\", \"prompt-scheduled\"]\nprobes = [\"voip\"]\n"
                                  "handovers = 1\ninterval = \"2s\"\norder = \"file\"\ntimeout = \"12s\"\n");
  const auto out = scratch.path() / "out";
  const Outcome outcome = run(segue_with({"campaign", file, "--jobs", "1", "--out", out}));
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.err.find("c000-r01 (endless, voip) failed twice: it took longer than 12s") != std::string::npos);
  // The kernel waits for what is to be reaped here before it lets go of a PID namespace.
  CHECK(eventually(
      [] {
        reap();
        return descendants(::getpid()).empty();
      },
      std::chrono::seconds(1)));
  std::ifstream statistics(out / "statistics.json");
  const json cells = json::parse(std::string(std::istreambuf_iterator<char>(statistics), {})).at("cells");
  CHECK(cells.at(0).at("runs").at("failed") == 1);
  CHECK(cells.at(1).at("runs").at("failed") == 0);
  CHECK(cells.at(1).at("runs").at("clean").get<int>() + cells.at(1).at("runs").at("tainted").get<int>() >= 1);
}
