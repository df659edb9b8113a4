#include "orchestrator/report/files.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "nodes/base/error.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::report;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

Evaluation evaluation() {
  Evaluation evaluation{.lab = "lab", .title = "A lab"};
  record::RunResult call{.mechanism = "one", .probe = "voip", .engine = "wire", .verdict = record::Verdict::clean};
  call.handovers.resize(2);
  call.uplink_packets = {{0, 0, 110}, {1, 20, 0, {.cause = record::Cause::link_loss, .place = "mn>ar1"}}};
  call.downlink_packets = {{0, 10, 120, {.held_at = "ar1", .reordered = true}}};
  record::RunResult flow{.mechanism = "one", .probe = "iperf-udp", .engine = "wire", .verdict = record::Verdict::clean};
  flow.throughput = {{0, 500, 5'000'000, 1, 212}};
  evaluation.runs = {call, flow};
  evaluate(evaluation, {});
  return evaluation;
}

}  // namespace

TEST_CASE("a folder of results holds the summary, a line for every handover, and a table for every probe") {
  const Scratch scratch;
  {
    const ResultsFolder folder(scratch.path() / "deep/er");
    folder.write(evaluation());
  }
  const fs::path folder = scratch.path() / "deep/er";
  CHECK(json::parse(text_of(folder / "summary.json")).at("lab") == "lab");
  const std::string lines = text_of(folder / "handovers.jsonl");
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 2);
  CHECK(json::parse(lines.substr(0, lines.find('\n'))).at("mechanism") == "one");
  CHECK(text_of(folder / "one.voip.csv") ==
        "direction,sequence,sent_ns,received_ns,missed,missed_at,held_at,copied_at,forwarded_at,reordered\n"
        "uplink,0,0,110,,,,,,\nuplink,1,20,,link loss,mn>ar1,,,,\ndownlink,0,10,120,,,ar1,,,yes\n");
  CHECK(text_of(folder / "one.iperf-udp.csv") == "t_ns,length_ns,bits_per_second,lost,total\n0,500,5000000,1,212\n");
  for (const auto& entry : fs::directory_iterator(folder)) CHECK(entry.path().extension() != ".part");
}

TEST_CASE("results are not written over results") {
  const Scratch scratch;
  ResultsFolder(scratch.path() / "out").write(evaluation());
  const std::string before = text_of(scratch.path() / "out/summary.json");
  CHECK(complaint([&] { ResultsFolder again(scratch.path() / "out"); }).find("holds results already") !=
        std::string::npos);
  CHECK(text_of(scratch.path() / "out/summary.json") == before);
}

TEST_CASE("a folder into which nothing was written is not left behind, nor are those made for it") {
  const Scratch scratch;
  { const ResultsFolder folder(scratch.path() / "deep/er"); }
  CHECK(fs::is_empty(scratch.path()));
  fs::create_directory(scratch.path() / "was-there");
  { const ResultsFolder folder(scratch.path() / "was-there"); }
  CHECK(fs::exists(scratch.path() / "was-there"));
}

TEST_CASE("a folder that cannot be made is the user's to mend") {
  const Scratch scratch;
  scratch.write("file", "");
  CHECK_FALSE(complaint([&] { ResultsFolder folder(scratch.path() / "file/out"); }).empty());
}

TEST_CASE("a file that cannot be written whole is not written at all, and named") {
  const Scratch scratch;
  const ResultsFolder folder(scratch.path() / "out");
  fs::create_directories(scratch.path() / "out/handovers.jsonl.part");  // stands where the text would go
  CHECK_THROWS_AS(folder.write(evaluation()), Error);
  CHECK_FALSE(fs::exists(scratch.path() / "out/handovers.jsonl"));
  CHECK_FALSE(fs::exists(scratch.path() / "out/summary.json"));
}
