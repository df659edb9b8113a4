// What a campaign varies is what its labs then have; and a campaign can be repeated from what it leaves.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "orchestrator/report/csv.hpp"
#include "tests/system/labs.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

// Rows as values by the names of their columns.
std::vector<std::map<std::string, std::string>> rows_of(const fs::path& file) {
  const auto table = report::read_csv(file);
  std::vector<std::map<std::string, std::string>> rows;
  for (const auto& row : table.rows) {
    auto& named = rows.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) named[table.columns[i]] = row[i];
  }
  return rows;
}

fs::path performed(const fs::path& file, const fs::path& out, const Command& more = {}) {
  const Outcome outcome = run(campaign_command(file, out, more));
  REQUIRE_MESSAGE(outcome.exit_code == 0, outcome.err);
  return out;
}

}  // namespace

TEST_CASE("links have the delay that a sweep gives them, each cell its own, and completion follows the analytic line") {
  const Scratch scratch;
  const auto file = scratch.write(
      "campaigns/delays.toml",
      fmt::format("lab = \"{}\"\nmechanisms = [\"prompt-scheduled\", \"prompt-unscheduled\"]\nprobes = [\"voip\"]\n"
                  "handovers = 2\ninterval = \"2s\"\n[groups]\ndomain = [\"map-ar1\", \"map-ar2\"]\n"
                  "[sweep]\nlinks.domain.delay = [\"2ms\", \"20ms\"]\nmechanism.delay = [\"0.5ms\", \"3ms\"]\n",
                  lab_folder("prompt").string()));
  const auto out = performed(file, scratch.path() / "out");
  const auto links = rows_of(out / "links.csv");
  CHECK(links.size() == 8 * 7 * 2);
  for (const auto& row : links) {
    const bool domain = row.at("link") == "map-ar1" || row.at("link") == "map-ar2";
    const bool access = row.at("link").starts_with("mn-");
    const auto wanted = "delay " + (domain ? row.at("links.domain.delay") : access ? "100us" : "50ms");
    CAPTURE(row.at("run"));
    CAPTURE(row.at("direction"));
    CHECK(row.at("requested") == wanted);
    CHECK(row.at("realised") == wanted);
  }
  // Each mechanism crosses the domain, and the access link, so often, and processes so many messages.
  const std::map<std::string, std::array<double, 3>> crossings{{"prompt-scheduled", {4, 6, 8}},
                                                               {"prompt-unscheduled", {6, 6, 10}}};
  const auto handovers = rows_of(out / "handovers.csv");
  CHECK(handovers.size() == 8 * 2);
  for (const auto& row : handovers) {
    const auto& [domain, access, messages] = crossings.at(row.at("mechanism"));
    const double delay = row.at("links.domain.delay") == "2ms" ? 2 : 20;
    const double processing = row.at("mechanism.delay") == "0.5ms" ? 0.5 : 3;
    const double expected = domain * delay + access * 0.1 + messages * processing;
    CAPTURE(row.at("run"));
    CHECK(std::stod(row.at("completion_ns")) / 1e6 == doctest::Approx(expected).epsilon(0.001));
  }
}

TEST_CASE("the files and the command that a campaign leaves in its folder repeat it to the same bytes") {
  const Scratch scratch;
  const auto out = performed(small_campaign(scratch.path()), scratch.path() / "out", {"--memory", "128M"});
  const std::string command = json::parse(results_in(out).at("campaign.json")).at("repeat");
  REQUIRE(command.starts_with("segue campaign lab/prompt/campaigns/small.toml "));
  Command words{"/bin/sh", "-c", fs::path(SEGUE_PROGRAM).string() + command.substr(command.find(' '))};
  const Outcome again = run(words, {.directory = out});
  REQUIRE_MESSAGE(again.exit_code == 0, again.err);
  fs::rename(out / "again", scratch.path() / "again");
  CHECK(differences(results_in(out), results_in(scratch.path() / "again")) == "");
}

TEST_CASE("a run that takes more wall time than it may is given up, tried again, reported, and the rest goes on") {
  const Scratch scratch;
  // Computing takes no virtual time, so nothing in the guest ever comes to its turn again.
  const auto lab = endless_lab(scratch.path(), "while :; do :; done");
  const auto file = scratch.write("prompt/campaigns/endless.toml",
                                  "mechanisms = [\"endless\", \"prompt-scheduled\"]\nprobes = [\"voip\"]\n"
                                  "handovers = 1\ninterval = \"2s\"\nrepetitions = 2\ntimeout = \"10s\"\n");
  const auto out = scratch.path() / "out";
  const Outcome outcome = run(campaign_command(file, out, {"--jobs", "2"}));
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.err.find("c000-r02 (endless, voip) failed twice: its guest timed out after 10.") != std::string::npos);
  CHECK(outcome.out.find("2 runs failed.") != std::string::npos);
  const json cells = json::parse(results_in(out).at("statistics.json")).at("cells");
  CHECK(cells.at(0).at("runs").at("failed") == 2);
  CHECK(cells.at(1).at("runs").at("clean") == 2);
  for (const auto& row : rows_of(out / "runs.csv")) {
    CHECK(row.at("verdict") == (row.at("mechanism") == "endless" ? "failed" : "clean"));
  }
}
