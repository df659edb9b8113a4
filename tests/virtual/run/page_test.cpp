// The report of a campaign in virtual time, in a browser.
#include "tests/system/page.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

// Two mechanisms, two probes, two delays, two handovers each. Made once: all tests look at the same page.
class Report {
 public:
  static const Report& get() {
    static const Report report;
    return report;
  }
  fs::path page() const { return scratch_.path() / "out" / "report.html"; }

 private:
  Report() {
    REQUIRE_MESSAGE(has_browser(), "no Chromium: apt-get install chromium");
    const auto file = scratch_.write(
        "campaigns/page.toml",
        fmt::format("lab = \"{}\"\nmechanisms = [\"prompt-scheduled\", \"prompt-unscheduled\"]\n"
                    "probes = [\"voip\", \"iperf-tcp\"]\nhandovers = 2\ninterval = \"3s\"\nseed = 7\n"
                    "[groups]\ndomain = [\"map-ar1\", \"map-ar2\"]\n"
                    "[sweep]\nlinks.domain.delay = [\"5ms\", \"10ms\"]\n"
                    "[crossing]\nof = \"completion\"\nlimit = \"50ms\"\nalong = \"links.domain.delay\"\n",
                    lab_folder("prompt").string()));
    const auto made = run(campaign_command(file, scratch_.path() / "out"));
    REQUIRE_MESSAGE(made.exit_code == 0, made.err);
    const auto reported = run_segue({"report", scratch_.path() / "out"});
    REQUIRE_MESSAGE(reported.exit_code == 0, reported.err);
  }

  Scratch scratch_;
};

json looked_at(const View& view) { return segue::test::looked_at(Report::get().page(), view); }

}  // namespace

TEST_CASE("the page of a campaign has every figure, with all its marks, and nothing to complain of") {
  const json page = looked_at({});
  for (const char* of : {"sweep-completion", "sweep-lost_uplink", "sweep-lost_downlink"}) {
    CAPTURE(of);
    CHECK(marks(page, of, "analytic") == 2);  // a line for each mechanism
    CHECK(marks(page, of, "dot") == 2 * 2);
  }
  CHECK(page.at("crossings") == "10ms 10.50 10.50 10ms 10.50 10.50 5ms 6.50 6.50 5ms 6.50 6.50");
  CHECK(marks(page, "losses", "analytic") == 2 * 2);
  CHECK(marks(page, "losses", "rect") >= 4);
  CHECK(marks(page, "interruptions", "line") == 2 * 2);
  CHECK(marks(page, "interruptions", "dot") == 2 * 2 * 2 * 2);
  CHECK(marks(page, "deviation", "dot") == 2 * 2 * 2 * 2);
  CHECK(marks(page, "regression", "dot") == 2 * 2 * 2);
  CHECK(marks(page, "throughput-iperf-tcp", "handover") == 2 * 2);
  CHECK(marks(page, "throughput-iperf-tcp", "line") == 2);
  CHECK(marks(page, "sequence-prompt-scheduled", "message") == 9);
  CHECK(marks(page, "sequence-prompt-scheduled", "lane") == 4);
  CHECK(marks(page, "sequence-prompt-unscheduled", "message") == 11);
  CHECK(marks(page, "topology", "node") == 7);
  CHECK(marks(page, "topology", "link") == 7);
  CHECK(page.at("alerts") == 0);
  CHECK(page.at("requests") == 0);
  CHECK(page.at("repeated").empty());
}

TEST_CASE("every figure of a campaign has a name, can be reached by keyboard and has its numbers as a table") {
  check_access(looked_at({}));
}

TEST_CASE(
    "the page of a campaign opens with the answer, and ends with the command, the options and the seed to repeat it") {
  const json page = looked_at({});
  CHECK(page.at("sections").front() == "answer");
  CHECK(page.at("sections").back() == "repeat");
  CHECK(page.at("answer").get<std::string>().find("48.00") != std::string::npos);
  const auto repeat = page.at("repeat").get<std::string>();
  for (const char* said :
       {"segue campaign lab/prompt/campaigns/page.toml --lab lab/prompt --clock virtual --memory 256M", "kernel-6.",
        "7 in the first repetition", "links.domain.delay = 5ms, 10ms", "2 of each run, every 3s", "iperf version 2",
        "256M"}) {
    CAPTURE(said);
    CHECK_MESSAGE(repeat.find(said) != std::string::npos, repeat);
  }
}

TEST_CASE("on a phone nothing of a campaign's page is wider than the screen, and a dark screen gets a dark page") {
  const json phone = looked_at({.width = 390, .height = 844});
  CHECK(phone.at("overflow") <= 0);
  CHECK(marks(phone, "sweep-completion", "dot") == 2 * 2);
  CHECK(looked_at({.dark = true}).at("background") == "rgb(20, 23, 27)");
}

TEST_CASE("screenshots of a campaign's page are kept, light, dark, on a phone and printed") {
  const auto page = Report::get().page();
  screenshot(page, {.width = 1100, .height = 9000}, screenshots() / "campaign-light.png");
  screenshot(page, {.width = 1100, .height = 9000, .dark = true}, screenshots() / "campaign-dark.png");
  screenshot(page, {.width = 390, .height = 13000}, screenshots() / "campaign-phone.png");
  print(page, screenshots() / "campaign-print.pdf");
  for (const char* name : {"campaign-light.png", "campaign-dark.png", "campaign-phone.png", "campaign-print.pdf"}) {
    INFO(name);
    CHECK(fs::file_size(screenshots() / name) > 20'000);
  }
}
