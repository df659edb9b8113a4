#include "orchestrator/report/html_report.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "nodes/base/error.hpp"
#include "orchestrator/report/evaluation.hpp"
#include "orchestrator/report/files.hpp"
#include "orchestrator/report/report_data.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::report;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

record::Scorecard handover(std::uint32_t index) {
  record::Scorecard card{.index = index,
                         .verdict = record::Verdict::tainted,
                         .mobile = "mn",
                         .from = "ar1",
                         .to = "ar2",
                         .outcome = record::Outcome::complete};
  card.completion_ns = 48'100'000 + index;
  card.expected_completion_ns = 48'000'000;
  card.steps = {{.name = "prepare", .from = "anchor", .to = "new", .message = "prepare", .layer = 3, .done_ns = 1}};
  card.downlink.lost = 3;
  return card;
}

Evaluation evaluation() {
  Evaluation made{.lab = "prompt", .title = "A </script> in a title", .command = "segue run prompt --seed 7"};
  made.nodes = {{"mn", "mobile", "fd00::1"}};
  record::RunResult run{.mechanism = "m", .title = "M", .probe = "voip", .engine = "wire", .kernel = "Linux 6.12"};
  run.verdict = record::Verdict::tainted;
  run.reasons = {"cores idle 0.0 % of the time, under 5 %"};
  run.handovers = {handover(0), handover(1)};
  run.links = {{.link = "mn-ar1", .direction = "mn>ar1", .requested = "delay 100us", .realised = "delay 100us"}};
  made.runs = {run};
  made.failed_runs = {"m, iperf-tcp: node cn: iperf is not installed"};
  evaluate(made, {config::Mechanism{.name = "m", .title = "M"}});
  return made;
}

fs::path run_folder(const Scratch& scratch) {
  const ResultsFolder folder(scratch.path() / "results");
  folder.write(evaluation());
  return folder.path();
}

std::vector<json> rows_of(const json& table) {
  std::vector<json> rows;
  for (const auto& row : table.at("rows")) {
    json named;
    for (std::size_t i = 0; i < row.size(); ++i) named[table.at("columns").at(i).get<std::string>()] = row[i];
    rows.push_back(named);
  }
  return rows;
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a run's data are in the page's tables, with verdicts, steps and what failed") {
  const Scratch scratch;
  const json data = json::parse(report_data(run_folder(scratch)));
  CHECK(data.at("kind") == "run");
  CHECK(data.at("command") == "segue run prompt --seed 7");
  const auto handovers = rows_of(data.at("handovers"));
  REQUIRE(handovers.size() == 2);
  CHECK(handovers[1].at("completion_ns") == 48'100'001);
  CHECK(handovers[1].at("down_lost") == 3);
  CHECK(handovers[1].at("verdict") == "tainted");
  const auto steps = rows_of(data.at("steps"));
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].at("from") == "anchor");
  CHECK(steps[0].at("layer") == 3);
  CHECK(rows_of(data.at("runs"))[0].at("reasons") == json{"cores idle 0.0 % of the time, under 5 %"});
  CHECK(rows_of(data.at("runs"))[0].at("kernel") == "Linux 6.12");
  CHECK(data.at("failed_runs")[0].at("run") == "m, iperf-tcp");
  CHECK(data.at("failed_runs")[0].at("error") == "node cn: iperf is not installed");
}

TEST_CASE("a page holds all that it needs, and no text of the data ends its script") {
  const Scratch scratch;
  const auto page = to_html(run_folder(scratch));
  CHECK(page.find("{{") == page.npos);  // a mark of the template that nothing took the place of
  CHECK(page.find("A </script> in a title") == page.npos);
  CHECK(page.find("A \\u003c/script> in a title") != page.npos);
  CHECK(page.find("<script src") == page.npos);
  CHECK(page.find("stylesheet") == page.npos);
  CHECK(page.find("Content-Security-Policy\" content=\"default-src 'none'") != page.npos);
}

TEST_CASE("the same folder gives the same page, and a new page takes the place of the old") {
  const Scratch scratch;
  const auto folder = run_folder(scratch);
  const auto path = write_html(folder);
  CHECK(path == folder / "report.html");
  const auto first = text_of(path);
  CHECK(first.ends_with("</html>\n"));
  write_html(folder);
  CHECK(text_of(path) == first);
}

TEST_CASE("a folder without results, and a summary that is none, are told apart") {
  const Scratch scratch;
  CHECK_THROWS_AS(write_html(scratch.path()), InputError);
  CHECK_FALSE(fs::exists(scratch.path() / "report.html"));
  scratch.write("summary.json", "{\"lab\": 1}");
  CHECK_THROWS_AS(write_html(scratch.path()), Error);
  CHECK_FALSE(fs::exists(scratch.path() / "report.html"));
}
