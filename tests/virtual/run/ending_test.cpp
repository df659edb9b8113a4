// How a virtual run ends when it does not end by itself.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;

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
  CHECK(outcome.out.find("prompt-scheduled, voip: its guest timed out") != std::string::npos);
}

TEST_CASE("what the virtual clock cannot do is an error of the input") {
  for (const Command& words : {Command{"--links", "wire"}, Command{"--memory", "1K"}}) {
    Command command{"run", lab_folder("prompt"), "--clock", "virtual"};
    command.insert(command.end(), words.begin(), words.end());
    CHECK(run_segue(command).exit_code == 2);
  }
  CHECK(run_segue({"run", lab_folder("prompt"), "--clock", "imaginary"}).exit_code == 2);
}

TEST_CASE("what SIGKILL leaves of the guests in the folder of a run, the next one there takes away") {
  const Scratch scratch;
  const auto out = scratch.path() / "out";
  const Command words{"--mechanism", "prompt-scheduled", "--probe", "voip", "--handovers"};
  for (int i = 0; i < 2; ++i) {
    Command command{"run", lab_folder("prompt"), "--clock", "virtual", "--out", out};
    command.insert(command.end(), words.begin(), words.end());
    command.emplace_back("2000");
    Process process(segue_with(command));
    process.await_line(Process::Stream::err, "voip #1:");
    process.send(SIGKILL);
    process.wait();
  }
  const auto left = results_in(out);
  const auto guests = std::count_if(left.begin(), left.end(), [](const auto& one) {
    return one.first.starts_with("guests-") && one.first.find('/') == one.first.npos;
  });
  CHECK(guests == 1);  // those of the second alone
  Command whole = words;
  whole.emplace_back("2");
  run_virtual(lab_folder("prompt"), out, whole);
  CHECK(results_in(out).size() == 4);
}
