// The report of a run that has just been made, in a browser.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/system/page.hpp"
#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr unsigned handovers = 2;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Made once: it takes some seconds, and all tests look at the same page.
class Report {
 public:
  static const Report& get() {
    static const Report report;
    return report;
  }
  fs::path folder() const { return scratch_.path() / "results"; }
  fs::path page() const { return folder() / "report.html"; }
  json summary() const { return json::parse(text_of(folder() / "summary.json")); }

 private:
  Report() {
    REQUIRE_MESSAGE(has_browser(), "no Chromium: apt-get install chromium");
    const auto made =
        run_segue({"run", lab_folder("prompt").string(), "--probe", "voip", "--probe", "iperf-tcp", "--mechanism",
                   "prompt-scheduled", "--mechanism", "prompt-unscheduled", "--handovers", std::to_string(handovers),
                   "--interval", "3s", "--metrics", "127.0.0.1:0", "--out", folder().string()});
    REQUIRE_MESSAGE(made.exit_code == 0, made.err);
    const auto reported = run_segue({"report", folder().string()});
    REQUIRE_MESSAGE(reported.exit_code == 0, reported.err);
    REQUIRE(reported.out == page().string() + "\n");
  }

  Scratch scratch_;
};

// Of each mechanism those that are not tainted; of a machine that was too busy for any, the tainted ones. Of runs with
// this probe, or of all.
std::size_t handovers_to_show(const std::string& probe = {}) {
  std::map<std::string, std::map<bool, std::size_t>> of;  // by mechanism and whether they are tainted
  const json summary = Report::get().summary();
  for (const auto& run : summary.at("runs")) {
    if (!probe.empty() && run.at("probe") != probe) continue;
    for (const auto& card : run.at("handovers")) ++of[run.at("mechanism")][card.at("verdict") == "tainted"];
  }
  std::size_t count = 0;
  for (auto& [mechanism, tainted] : of) count += tainted[false] > 0 ? tainted[false] : tainted[true];
  return count;
}

std::size_t handovers_made(const std::string& probe) {
  std::size_t count = 0;
  const json summary = Report::get().summary();
  for (const auto& run : summary.at("runs")) {
    if (run.at("probe") == probe) count += run.at("handovers").size();
  }
  return count;
}

json looked_at(const View& view) { return segue::test::looked_at(Report::get().page(), view); }

}  // namespace

TEST_CASE("the page of a run has every figure, with all its marks, and nothing to complain of") {
  const json page = looked_at({});
  CHECK(marks(page, "throughput-iperf-tcp", "handover") == handovers_made("iperf-tcp"));
  CHECK(marks(page, "throughput-iperf-tcp", "line") == 2);
  CHECK(marks(page, "losses", "analytic") == 4);
  CHECK(marks(page, "losses", "published") == 4);
  CHECK(marks(page, "losses", "rect") >= 4);
  CHECK(marks(page, "interruptions", "line") == 4);
  CHECK(marks(page, "interruptions", "dot") == 2 * handovers_to_show("voip"));
  CHECK(marks(page, "deviation", "dot") == handovers_to_show());
  CHECK(marks(page, "sequence-prompt-scheduled", "message") == 9);
  CHECK(marks(page, "sequence-prompt-scheduled", "lane") == 4);
  CHECK(marks(page, "sequence-prompt-unscheduled", "message") == 11);
  CHECK(marks(page, "topology", "node") == 7);
  CHECK(marks(page, "topology", "link") == 7);
  CHECK(page.at("alerts") == 0);
  CHECK(page.at("requests") == 0);
}

TEST_CASE("every figure has a name, can be reached by keyboard and has its numbers as a table") {
  const json page = looked_at({});
  check_access(page);
  CHECK(page.at("repeated").empty());
}

TEST_CASE("the page opens with the answer, and ends with how to repeat it") {
  const json page = looked_at({});
  CHECK(page.at("sections").front() == "answer");
  CHECK(page.at("sections").back() == "repeat");
  const auto answer = page.at("answer").get<std::string>();
  CHECK(answer.find("ProMPt, scheduled") != answer.npos);
  CHECK(answer.find("48.00") != answer.npos);  // analytic
  CHECK(text_of(Report::get().page()).find("--handovers 2 --interval 3s --clock real --links auto --seed 1") !=
        std::string::npos);
}

TEST_CASE("on a phone nothing is wider than the screen") {
  const json page = looked_at({.width = 390, .height = 844});
  CHECK(page.at("overflow") <= 0);
  CHECK(page.at("figures").at("sequence-prompt-scheduled").at("marks").at("message") == 9);
}

TEST_CASE("the page is dark where the reader's screen is, and light where not") {
  CHECK(looked_at({}).at("background") == "rgb(253, 253, 252)");
  CHECK(looked_at({.dark = true}).at("background") == "rgb(20, 23, 27)");
}

TEST_CASE("screenshots are kept, light, dark, on a phone and printed") {
  const auto& page = Report::get().page();
  screenshot(page, {.width = 1100, .height = 8000}, screenshots() / "report-light.png");
  screenshot(page, {.width = 1100, .height = 8000, .dark = true}, screenshots() / "report-dark.png");
  screenshot(page, {.width = 390, .height = 12000}, screenshots() / "report-phone.png");
  print(page, screenshots() / "report-print.pdf");
  for (const char* name : {"report-light.png", "report-dark.png", "report-phone.png", "report-print.pdf"}) {
    INFO(name);
    CHECK(fs::file_size(screenshots() / name) > 20'000);
  }
}

TEST_CASE("a second report of the same folder is the same, byte for byte") {
  const auto& report = Report::get();
  const auto before = text_of(report.page());
  REQUIRE(run_segue({"report", report.folder().string()}).exit_code == 0);
  CHECK(text_of(report.page()) == before);
}
