// How a virtual run ends when it does not end by itself.
#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
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

TEST_CASE("a run of which no handover completes has failed, and one of which some do has not") {
  const Scratch scratch;
  const auto outcome_with = [&](const std::string& loss) {
    const auto lab = scratch.path() / loss / "prompt";
    fs::create_directories(lab.parent_path());
    fs::copy(lab_folder("prompt"), lab, fs::copy_options::recursive);
    std::ifstream file(lab / "topology.toml");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::string access = "delay = \"0.1ms\"\n";
    for (auto at = text.find(access); at != text.npos; at = text.find(access, at + 1)) {
      text.insert(at + access.size(), "loss = \"" + loss + "\"\n");
    }
    std::ofstream(lab / "topology.toml") << text;
    return run_segue({"run", lab, "--clock", "virtual", "--mechanism", "prompt-scheduled", "--probe", "voip",
                      "--handovers", "6", "--out", scratch.path() / loss / "out"});
  };
  const Outcome none = outcome_with("100%");
  CHECK(none.exit_code == 1);
  CHECK(none.out.find("failed: prompt-scheduled, voip #1: ") != std::string::npos);
  CHECK(none.out.find("failed: prompt-scheduled, voip #6: ") != std::string::npos);
  CHECK(none.out.find("failed: prompt-scheduled, voip: none of its handovers completed\n") != std::string::npos);
  CHECK(none.err.find("voip #6: ") != std::string::npos);  // the same number as below
  const Outcome some = outcome_with("10%");
  CHECK(some.out.find("failed: prompt-scheduled, voip #") != std::string::npos);
  CHECK(some.exit_code == 0);
}

TEST_CASE("a campaign of which no handover completes has failed, and one with such a cell has not") {
  const Scratch scratch;
  const auto exit_code_with = [&](const std::string& losses) {
    fs::create_directory(scratch.path() / "campaigns");
    const auto file = scratch.path() / "campaigns" / "loss.toml";
    std::ofstream(file) << "lab = \"" << lab_folder("prompt").string() << "\"\nmechanisms = [\"prompt-scheduled\"]\n"
                        << "probes = [\"voip\"]\nhandovers = 2\n[groups]\naccess = [\"mn-ar1\", \"mn-ar2\"]\n"
                        << "[sweep]\nlinks.access.loss = [" << losses << "]\n";
    const Outcome outcome = run(campaign_command(file, scratch.path() / std::to_string(losses.size())));
    CHECK(outcome.out.find("2 handovers failed.") != std::string::npos);
    return outcome.exit_code;
  };
  CHECK(exit_code_with("\"100%\"") == 1);
  CHECK(exit_code_with("\"0%\", \"100%\"") == 0);
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
