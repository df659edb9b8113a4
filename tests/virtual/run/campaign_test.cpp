// Campaigns in virtual time: whatever ends one, it goes on where it was, and ends with the bytes of an undisturbed one.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

std::string names_in(const Results& results) {
  std::string names;
  for (const auto& [name, text] : results) names += name + '\n';
  return names;
}

}  // namespace

TEST_CASE("a campaign has the analytic completions of every cell, in its tables and in its statistics") {
  const Scratch scratch;
  const auto out = scratch.path() / "out";
  // Both streams into one pipe, where they come in the order in which they were said.
  Command together{"sh", "-c", "exec \"$@\" 2>&1", "sh"};
  const Command command = campaign_command(small_campaign(scratch.path()), out);
  together.insert(together.end(), command.begin(), command.end());
  const Outcome outcome = run(together);
  INFO(outcome.out);
  REQUIRE(outcome.exit_code == 0);
  const auto table = outcome.out.find("\nmechanism ");
  REQUIRE(table != std::string::npos);
  CHECK(outcome.out.find("8 of 8 runs") < table);
  CHECK(outcome.out.ends_with("\nresults in " + out.string() + '\n'));
  const auto results = results_in(out);
  const json statistics = json::parse(results.at("statistics.json"));
  REQUIRE(statistics.at("cells").size() == 4);
  for (const json& cell : statistics.at("cells")) {
    CHECK(cell.at("runs").at("clean") == 2);
    CHECK(cell.at("handovers").at("complete") == 4);
    const double measured = cell.at("completion_s").at("mean");
    const double expected = cell.at("expected").at("completion_s");
    CHECK(measured == doctest::Approx(expected).epsilon(0.001));
  }
  // Four crossings of the domain for a scheduled handover: 20 ms less at 5 ms than at 10 ms.
  const auto mean = [&](std::size_t cell) -> double {
    return statistics.at("cells").at(cell).at("completion_s").at("mean");
  };
  CHECK(mean(1) - mean(0) == doctest::Approx(0.020).epsilon(0.01));
  CHECK(mean(3) - mean(2) == doctest::Approx(0.030).epsilon(0.01));
  const auto& handovers = results.at("handovers.csv");
  CHECK(std::count(handovers.begin(), handovers.end(), '\n') == 1 + 8 * 2);
}

TEST_CASE(
    "killed twenty times at random moments and gone on with, a campaign ends with the bytes of an undisturbed one") {
  const Scratch scratch;
  const auto file = small_campaign(scratch.path());
  const auto began = now();
  REQUIRE(run(campaign_command(file, scratch.path() / "whole")).exit_code == 0);
  const auto length = now() - began;
  const auto out = scratch.path() / "out";
  std::mt19937_64 random(1);
  unsigned killed = 0;
  for (unsigned i = 0; i < 20; ++i) {
    Process process(campaign_command(file, out, {"--resume", "--jobs", i % 2 == 0 ? "1" : "2"}));
    const auto moment = length / 4 * static_cast<std::int64_t>(random() % 1000) / 1000;
    if (process.ends_within(moment)) {
      CHECK(process.wait().exit_code == 0);
      continue;
    }
    process.send(SIGKILL);
    process.wait();
    ++killed;
  }
  CHECK(killed >= 10);
  const Outcome last = run(campaign_command(file, out, {"--resume"}));
  INFO(last.err);
  REQUIRE(last.exit_code == 0);
  CHECK(names_in(results_in(out)) == names_in(results_in(scratch.path() / "whole")));
  CHECK(differences(results_in(out), results_in(scratch.path() / "whole")) == "");
}

TEST_CASE(
    "Ctrl-C leaves the runs that are done, with tables of them, says how to go on, and leaves no part of another") {
  const Scratch scratch;
  const auto file = small_campaign(scratch.path());
  const auto out = scratch.path() / "out";
  Process process(campaign_command(file, out, {"--jobs", "1"}));
  process.await_line(Process::Stream::err, "1 of 8 runs");
  process.send(SIGINT);
  const Outcome outcome = process.wait();
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.err.find("--resume") != std::string::npos);
  const auto results = results_in(out);
  CHECK(!results.contains(".aside"));
  const auto runs =
      std::count_if(results.begin(), results.end(), [](const auto& one) { return one.first.ends_with("result.json"); });
  CHECK(runs >= 1);
  CHECK(runs < 8);
  const auto& rows = results.at("runs.csv");
  CHECK(std::count(rows.begin(), rows.end(), '\n') == 1 + runs);
  CHECK(outcome.err.find(fmt::format("have {} of 8 runs", runs)) != std::string::npos);
  CHECK(outcome.out.find("Interrupted") == 0);
  CHECK(json::parse(results.at("statistics.json")).at("interrupted") == true);
  CHECK(results.contains("campaign.sqlite"));
  CHECK(run_segue({"report", out}).exit_code == 0);
  fs::remove(out / "report.html");
  const Outcome refused = run(campaign_command(file, out));
  CHECK(refused.exit_code == 2);
  CHECK(refused.err.find("it holds a campaign; --resume goes on with it") != std::string::npos);
  const Outcome other = run(campaign_command(small_campaign(scratch.path(), "seed = 2\n"), out, {"--resume"}));
  CHECK(other.exit_code == 2);
  CHECK(other.err.find("another campaign: they differ in seed") != std::string::npos);
  CHECK(differences(results_in(out), results) == "");
}

TEST_CASE("a dry run lists what would run and how long it takes, and makes nothing") {
  const Scratch scratch;
  const auto out = scratch.path() / "out";
  const Outcome outcome = run(campaign_command(small_campaign(scratch.path()), out, {"--dry-run"}));
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.find("c003-r02  prompt-unscheduled, voip, links.domain.delay 10ms, seed 2\n") != std::string::npos);
  CHECK(outcome.out.find("8 runs of 2 handovers in 4 cells: about ") != std::string::npos);
  CHECK(!fs::exists(out));
}

TEST_CASE("a bad campaign is an error of the input, and makes nothing") {
  const Scratch scratch;
  const auto out = scratch.path() / "out";
  const Outcome outcome =
      run(campaign_command(small_campaign(scratch.path(), "repititions = 3\nseed = \"one\"\n"), out));
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("campaigns/small.toml:2: unknown key \"repititions\"; did you mean \"repetitions\"?") !=
        std::string::npos);
  CHECK(outcome.err.find("campaigns/small.toml:3: seed: an integer is wanted") != std::string::npos);
  CHECK(!fs::exists(out));
  CHECK(run(campaign_command("prompt/nonesuch", out)).exit_code == 2);
  CHECK(run(campaign_command(small_campaign(scratch.path()), out, {"--executor", "pigeon"})).exit_code == 2);
}

TEST_CASE("without Slurm the campaign says what is missing, and on the real clock it refuses") {
  const Scratch scratch;
  Command command =
      segue_with({"campaign", small_campaign(scratch.path()), "--executor", "slurm", "--out", scratch.path() / "out"});
  const Outcome real = run(command);
  CHECK(real.exit_code == 2);
  CHECK(real.err.find("only with --clock virtual") != std::string::npos);
  command.insert(command.end(), {"--clock", "virtual"});
  const Outcome none = run(command, {.directory = {}, .in_child = [] { ::setenv("PATH", "/nonexistent", 1); }});
  CHECK(none.exit_code == 3);
  CHECK(none.err.find("sinfo") != std::string::npos);
  CHECK(!fs::exists(scratch.path() / "out"));
}
