// Ctrl-C ends a run cleanly, and what was measured is written.
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/system/labs.hpp"
#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;

namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

constexpr int interrupted = 1;

}  // namespace

TEST_CASE("SIGINT and SIGTERM end a run after the handovers that are under way, and keep those that are over") {
  for (const int signal : {SIGINT, SIGTERM}) {
    CAPTURE(signal);
    const Scratch scratch;
    const auto out = scratch.path() / "out";
    Process program(
        segue_with({"run", lab_folder("prompt"), "--mechanism", "prompt-scheduled", "--probe", "voip", "--probe",
                    "iperf-udp", "--handovers", "50", "--interval", "2s", "--metrics", "127.0.0.1:0", "--out", out}));
    program.await_line(Process::Stream::err, "prompt-scheduled, voip #2:");
    program.send(signal);
    const Outcome outcome = program.wait(std::chrono::seconds(10));
    CHECK(outcome.exit_code == interrupted);
    CHECK(eventually([] { return descendants(::getpid()).empty(); }, std::chrono::seconds(1)));

    const json summary = json::parse(text_of(out / "summary.json"));
    REQUIRE(summary.at("runs").size() == 1);
    const json& run = summary.at("runs").at(0);
    const auto handovers = run.at("handovers").size();
    CHECK(handovers >= 2);
    CHECK(handovers < 50);
    for (const json& card : run.at("handovers")) CHECK(card.at("outcome") == "complete");
    CHECK(run.at("call").at("uplink").at("sent") > 100);
    CHECK(summary.at("failed_runs").dump().find("interrupted") != std::string::npos);  // the one that never began
    const auto lines = text_of(out / "handovers.jsonl");
    CHECK(static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n')) == handovers);
    CHECK(text_of(out / "prompt-scheduled.voip.csv").find("uplink,") != std::string::npos);
    CHECK(outcome.out.find("prompt-scheduled") != std::string::npos);
  }
}

TEST_CASE("SIGINT before the first handover leaves a summary without any") {
  const Scratch scratch;
  const auto out = scratch.path() / "out";
  Process program(segue_with({"run", lab_folder("prompt"), "--mechanism", "prompt-scheduled", "--probe", "voip",
                              "--handovers", "2", "--interval", "60s", "--metrics", "127.0.0.1:0", "--out", out}));
  program.await_line(Process::Stream::err, "prompt-scheduled, voip: started");
  program.send(SIGINT);
  CHECK(program.wait(std::chrono::seconds(10)).exit_code == interrupted);
  const json summary = json::parse(text_of(out / "summary.json"));
  for (const json& run : summary.at("runs")) CHECK(run.at("handovers").empty());
}

TEST_CASE("a second SIGINT or SIGTERM ends a run at once, which after the first goes on with what is under way") {
  for (const int signal : {SIGINT, SIGTERM}) {
    CAPTURE(signal);
    const Scratch scratch;
    const auto lab = endless_lab(scratch.path(), "tail -f /dev/null");
    Process program(segue_with({"run", lab, "--mechanism", "endless", "--probe", "voip", "--handovers", "2",
                                "--metrics", "127.0.0.1:0", "--out", scratch.path() / "out"}));
    const auto executes = [] {
      const auto processes = descendants(::getpid());
      return std::any_of(processes.begin(), processes.end(),
                         [](pid_t one) { return command_line(one).find("tail -f /dev/null") != std::string::npos; });
    };
    REQUIRE(eventually(executes, std::chrono::seconds(20)));
    program.send(signal);
    CHECK_FALSE(program.ends_within(std::chrono::milliseconds(500)));
    program.send(signal);
    CHECK(program.wait(std::chrono::seconds(1)).exit_code == 128 + signal);
    // The kernel waits for what is to be reaped here before it lets go of a PID namespace.
    CHECK(eventually([] { return reap(), descendants(::getpid()).empty(); }, std::chrono::seconds(1)));
    CHECK_FALSE(std::filesystem::exists(scratch.path() / "out"));
  }
}
