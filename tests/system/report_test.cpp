// The report of a run that has just been made, in a browser.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/system/browser.hpp"
#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr unsigned handovers = 2;

// Made once: it takes some seconds, and all tests look at the same page.
class Report {
 public:
  static const Report& get() {
    static const Report report;
    return report;
  }
  fs::path folder() const { return scratch_.path() / "results"; }
  fs::path page() const { return folder() / "report.html"; }

 private:
  Report() {
    if (!has_browser()) {
      std::fputs("skipped: no Chromium (apt-get install chromium)\n", stderr);
      std::_Exit(77);
    }
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

fs::path screenshots() { return fs::path(SEGUE_PROGRAM).parent_path().parent_path() / "test-results/screenshots"; }

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Marks of each figure by their class or by the name that Plot gives a group, and what a reader by ear or keyboard
// depends on.
constexpr const char* look = R"(
  const figures = {};
  for (const figure of document.querySelectorAll("figure")) {
    const marks = {};
    for (const group of figure.querySelectorAll("svg g[aria-label]")) {
      const name = group.getAttribute("class") ?? group.getAttribute("aria-label");
      marks[name] = (marks[name] ?? 0) + group.querySelectorAll(":scope > path, :scope > circle, :scope > rect, :scope > line").length;
    }
    for (const name of ["message", "lane", "node", "link"]) marks[name] = figure.querySelectorAll(`g.${name}`).length;
    const drawing = figure.querySelector("[role=img]");
    figures[figure.id] = { marks, label: drawing?.getAttribute("aria-label") ?? "", focusable: drawing?.tabIndex === 0,
      table: figure.querySelectorAll("details table tbody tr").length };
  }
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  return { figures, sections: [...document.querySelectorAll("section")].map((node) => node.id),
    answer: document.querySelector("table.answer tbody").innerText, alerts: document.querySelectorAll("[role=alert]").length,
    repeated: ids.filter((id, i) => ids.indexOf(id) !== i), overflow: document.documentElement.scrollWidth - innerWidth,
    requests: performance.getEntriesByType("resource").length, background: getComputedStyle(document.body).backgroundColor };
)";

json looked_at(const View& view) {
  const auto inspection = inspect(Report::get().page(), view, look);
  for (const auto& line : inspection.console) FAIL_CHECK(line);
  return json::parse(inspection.report);
}

}  // namespace

TEST_CASE("the page of a run has every figure, with all its marks, and nothing to complain of") {
  const json page = looked_at({});
  const json& figures = page.at("figures");
  const auto marks = [&](const char* figure, const char* mark) {
    INFO(figure << ", " << mark << ": " << figures.dump());
    REQUIRE(figures.contains(figure));
    REQUIRE(figures.at(figure).at("marks").contains(mark));
    return figures.at(figure).at("marks").at(mark).get<unsigned>();
  };
  CHECK(marks("throughput-iperf-tcp", "handover") == 2 * handovers);
  CHECK(marks("throughput-iperf-tcp", "line") == 2);
  CHECK(marks("losses", "analytic") == 4);
  CHECK(marks("losses", "published") == 4);
  CHECK(marks("losses", "rect") >= 4);
  CHECK(marks("interruptions", "line") == 4);
  CHECK(marks("interruptions", "dot") == 4 * handovers);
  CHECK(marks("deviation", "dot") == 2 * 2 * handovers);
  CHECK(marks("sequence-prompt-scheduled", "message") == 9);
  CHECK(marks("sequence-prompt-scheduled", "lane") == 4);
  CHECK(marks("sequence-prompt-unscheduled", "message") == 11);
  CHECK(marks("topology", "node") == 7);
  CHECK(marks("topology", "link") == 7);
  CHECK(page.at("alerts") == 0);
  CHECK(page.at("requests") == 0);
}

TEST_CASE("every figure has a name, can be reached by keyboard and has its numbers as a table") {
  const json page = looked_at({});
  for (const auto& [id, figure] : page.at("figures").items()) {
    INFO(id);
    CHECK(figure.at("label").get<std::string>().size() > 30);
    CHECK(figure.at("focusable") == true);
    if (id != "regression") CHECK(figure.at("table") >= 1);
  }
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
