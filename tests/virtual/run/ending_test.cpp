// How a virtual run ends when it does not end by itself.
#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE("Ctrl-C keeps what was measured, and no guest and no file of one stays") {
  const Scratch scratch;
  const auto out = scratch.path() / "out";
  Process process(segue_with({"run", lab_folder("prompt"), "--clock", "virtual", "--mechanism", "prompt-scheduled",
                              "--probe", "voip", "--handovers", "2000", "--out", out}));
  process.await_line(Process::Stream::err, "voip #2:");
  process.send(SIGINT);
  const Outcome outcome = process.wait(std::chrono::seconds(30));
  CHECK(outcome.exit_code == 1);
  const auto results = results_in(out);
  CHECK(results.size() == 4);
  const json summary = json::parse(results.at("summary.json"));
  REQUIRE(summary.at("runs").size() == 1);
  const auto measured = summary.at("runs").at(0).at("handovers").size();
  CHECK(measured >= 2);
  CHECK(measured < 2000);
}

TEST_CASE("a guest that takes more wall time than it may is ended, and the run says so and has failed") {
  const Scratch scratch;
  const Outcome outcome =
      run_segue({"run", lab_folder("prompt"), "--clock", "virtual", "--mechanism", "prompt-scheduled", "--probe",
                 "voip", "--timeout", "1ms", "--out", scratch.path() / "out"});
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.out.find("prompt-scheduled, voip: its guest timed out after") != std::string::npos);
  CHECK(outcome.out.find(" s, its kernel ended with signal 9 (Killed); ") != std::string::npos);
}

TEST_CASE("what the virtual clock cannot do is an error of the input") {
  for (const Command& words : {Command{"--links", "wire"}, Command{"--memory", "1K"}}) {
    Command command{"run", lab_folder("prompt"), "--clock", "virtual"};
    command.insert(command.end(), words.begin(), words.end());
    CHECK(run_segue(command).exit_code == 2);
  }
  CHECK(run_segue({"run", lab_folder("prompt"), "--clock", "imaginary"}).exit_code == 2);
}

TEST_CASE("what netem cannot do is refused before a guest boots, with the link's line and the way out") {
  const Scratch scratch;
  const auto lab = scratch.write("lab/topology.toml",
                                 "[nodes.mn]\nrole = \"mobile\"\n[nodes.a]\nrole = \"access-router\"\n"
                                 "[nodes.b]\nrole = \"access-router\"\n[nodes.cn]\nrole = \"correspondent\"\n"
                                 "[links.mn-a]\nbetween = [\"mn\", \"a\"]\n[links.mn-b]\nbetween = [\"mn\", \"b\"]\n"
                                 "[links.cn-a]\nbetween = [\"cn\", \"a\"]\ndelay = \"20ms\"\nrate = \"1Mbit\"\n"
                                 "reorder = \"25%\"\n[links.cn-b]\nbetween = [\"cn\", \"b\"]\n");
  scratch.write("lab/mechanisms/m.toml",
                "title = \"m\"\n[[step]]\nname = \"s\"\nfrom = \"mobile\"\nto = \"new\"\nmessage = \"m\"\nlayer = 2\n");
  const auto out = scratch.path() / "out";
  const Outcome outcome =
      run_segue({"run", lab.parent_path(), "--clock", "virtual", "--interval", "10s", "--probe", "voip", "--out", out});
  CHECK(outcome.exit_code == 2);
  INFO(outcome.err);
  CHECK(outcome.err.find("topology.toml:13: link \"cn-a\": reorder and rate on one link") != std::string::npos);
  CHECK_FALSE(fs::exists(out));
}

TEST_CASE("a date is a date, and of guests alone") {
  for (const Command& words : {Command{"--clock", "virtual", "--date", "tomorrow"}, Command{"--date", "2026-11-28"}}) {
    Command command{"run", lab_folder("prompt")};
    command.insert(command.end(), words.begin(), words.end());
    const Outcome outcome = run_segue(command);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err.find("--date " + std::string(words.back() == "tomorrow" ? "\"tomorrow\"" : words.back())) !=
          std::string::npos);
  }
}

TEST_CASE("what SIGKILL leaves of a virtual run goes with the next start of any verb, and no empty results are left") {
  const Scratch scratch;
  const auto out = scratch.path() / "out";
  const auto passing = scratch.path() / "tmp";
  fs::create_directory(passing);
  const Surroundings surroundings{.in_child = [&] { ::setenv("TMPDIR", passing.c_str(), 1); }};
  Process process(segue_with({"run", lab_folder("prompt"), "--clock", "virtual", "--mechanism", "prompt-scheduled",
                              "--probe", "voip", "--handovers", "2000", "--out", out}),
                  surroundings);
  process.await_line(Process::Stream::err, "voip #1:");
  process.send(SIGKILL);
  process.wait();
  CHECK_FALSE(fs::exists(out));
  REQUIRE_FALSE(fs::is_empty(passing));
  CHECK(run_segue({"ps"}, surroundings).exit_code == 0);
  CHECK(fs::is_empty(passing));
}
