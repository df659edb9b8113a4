#include "orchestrator/view/render.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/view/pictures.hpp"

using namespace segue::view;
using segue::test::paper_network;

namespace {

std::string text_of(const Picture& picture, int columns, int rows) {
  return '\n' + render(picture, columns, rows, "q leaves").text();
}

Picture runs_under_way() {
  auto picture = paper_network();
  picture.flows.clear();
  picture.throughput.clear();
  picture.verdict.reset();
  picture.mechanism.clear();
  picture.every_ns = 0;
  picture.elapsed_ns = 35'000'000'000;
  picture.runs = {{.mechanism = "prompt-scheduled",
                   .probe = "voip",
                   .state = Run::State::ended,
                   .done = 8,
                   .handovers = 8,
                   .completion_ns = 48'400'000,
                   .measured = true,
                   .verdict = segue::record::Verdict::clean},
                  {.mechanism = "prompt-scheduled",
                   .probe = "iperf-tcp",
                   .state = Run::State::under_way,
                   .done = 2,
                   .handovers = 8,
                   .at = "ar1",
                   .completion_ns = 48'400'000,
                   .bits_per_second = {1e6, 8e6}},
                  {.mechanism = "prompt-scheduled", .probe = "iperf-udp", .handovers = 8}};
  return picture;
}

// Whether the text of a cell is shown in a style.
bool shows(const Grid& grid, std::string_view text, Style style) {
  const auto wanted = characters(text);
  for (int row = 0; row < grid.rows(); ++row) {
    for (int column = 0; column + static_cast<int>(wanted.size()) <= grid.columns(); ++column) {
      bool same = true;
      for (std::size_t i = 0; same && i < wanted.size(); ++i) {
        same = grid.at(column + static_cast<int>(i), row) == Cell{wanted[i], style};
      }
      if (same) return true;
    }
  }
  return false;
}

bool says(const Grid& grid, std::string_view text) { return grid.text().find(text) != std::string::npos; }

}  // namespace

TEST_CASE("a lab that is up on a terminal of 80 columns") {
  CHECK(text_of(paper_network(), 80, 24) == R"(
 segue   prompt  prompt-scheduled · a handover every 5 s · links by netem
┌─ Topology ───────────────┐┌─ Voice ──────────────────────────────────────────┐
│     cn      home         ││              MOS  lost  sent     delay  jitter   │
│      └───┬────┘ 50ms     ││ ↑ uplink    2.50    90   500  160.1 ms  0.0 ms   │
│        inet              ││ ↓ downlink  4.35    91   498  160.2 ms  0.0 ms   │
│          │ 50ms          │└──────────────────────────────────────────────────┘
│         map              │┌─ Throughput ─────────────────────────────────────┐
│      ┌───┴────┐ 10ms     ││ iperf-tcp   8.0 Mbit/s   at most 8.0 Mbit/s      │
│     ar1      ar2         ││ ▁▁▂▃▄█                                           │
│      ┃ 0.1ms             ││ iperf-udp   1.0 Mbit/s   at most 1.0 Mbit/s      │
│     mn                   ││ ██▁█                                             │
└──────────────────────────┘└──────────────────────────────────────────────────┘
┌─ Last handovers ─────────────────────────────────────────────────────────────┐
│ #  mechanism         from → to  completion   expected  lost ↑  lost ↓  ago   │
│ 2  prompt-scheduled  ar2 → ar1     48.4 ms    48.4 ms       0       0  1 s   │
│ 1  mobile-ipv6       ar1 → ar2   1853.4 ms  1850.0 ms      90      91  6 s   │
│                                                                              │
│                                                                              │
│                                                                              │
│                                                                              │
│                                                                              │
└──────────────────────────────────────────────────────────────────────────────┘
 verdict clean
 q leaves   metrics http://127.0.0.1:9464/metrics
)");
}

TEST_CASE("a lab that is up on a small terminal") {
  CHECK(text_of(paper_network(), 40, 12) == R"(
 segue   prompt  prompt-scheduled · a h…
mn at ar1
             MOS  lost  sent     delay
↑ uplink    2.50    90   500  160.1 ms
↓ downlink  4.35    91   498  160.2 ms
mechanism         from → to  completion
prompt-scheduled  ar2 → ar1     48.4 ms
mobile-ipv6       ar1 → ar2   1853.4 ms


 verdict clean
 q leaves   metrics http://127.0.0.1:94…
)");
}

TEST_CASE("runs under way on a terminal of 100 columns") {
  CHECK(text_of(runs_under_way(), 100, 20) == R"(
 segue   prompt  10 of 24 handovers · 35 s · links by netem
┌─ Topology ───────────┐┌─ Runs ───────────────────────────────────────────────────────────────────┐
│   cn      home       ││ mechanism         probe      done              last  lost ↑ / ↓          │
│    └───┬────┘ 50ms   ││ prompt-scheduled  voip        8/8  clean    48.4 ms       0 / 0          │
│      inet            ││ prompt-scheduled  iperf-tcp   2/8  at ar1   48.4 ms              ▁█      │
│        │ 50ms        ││ prompt-scheduled  iperf-udp   0/8  to come                               │
│       map            ││                                                                          │
│    ┌───┴────┐ 10ms   ││                                                                          │
│   ar1      ar2       ││                                                                          │
│    ┃ 0.1ms           ││                                                                          │
│   mn                 ││                                                                          │
└──────────────────────┘└──────────────────────────────────────────────────────────────────────────┘
┌─ Last handovers ─────────────────────────────────────────────────────────────────────────────────┐
│ #  mechanism         from → to  completion   expected  lost ↑  lost ↓      gap ↑      gap ↓  ago │
│ 2  prompt-scheduled  ar2 → ar1     48.4 ms    48.4 ms       0       0     0.0 ms     0.0 ms  1 s │
│ 1  mobile-ipv6       ar1 → ar2   1853.4 ms  1850.0 ms      90      91  1800.0 ms  1810.0 ms  6 s │
│                                                                                                  │
│                                                                                                  │
└──────────────────────────────────────────────────────────────────────────────────────────────────┘
 q leaves   metrics http://127.0.0.1:9464/metrics
)");
}

TEST_CASE("what meets the goal is good, what misses it a warning, what fails is bad") {
  auto picture = paper_network();
  picture.handovers.push_back({.number = 3,
                               .mechanism = "m",
                               .mobile = "mn",
                               .from = "ar1",
                               .to = "ar2",
                               .outcome = segue::record::Outcome::failed,
                               .failure = "step 2 (bind) at map: no answer"});
  picture.nodes[5].up = false;
  const Grid grid = render(picture, 140, 40, "");
  CHECK(shows(grid, "48.4 ms", Style::good));
  CHECK(shows(grid, "1853.4 ms", Style::warning));
  CHECK(shows(grid, "failed", Style::bad));
  CHECK(shows(grid, "step 2 (bind) at map: no answer", Style::bad));
  CHECK(shows(grid, "cn!", Style::bad));
  CHECK(shows(grid, "1 of 7 nodes down", Style::bad));
  CHECK(shows(grid, "mn", Style::accent));
  CHECK(shows(grid, "4.35", Style::good));
  CHECK(shows(grid, "2.50", Style::bad));
  CHECK(shows(grid, "clean", Style::good));
}

TEST_CASE("the newest handover comes first") {
  const auto text = text_of(paper_network(), 120, 40);
  CHECK(text.find("ar2 → ar1") < text.find("ar1 → ar2"));
}

TEST_CASE("a handover that the machine disturbed is marked, and why one failed comes before that") {
  auto picture = paper_network();
  picture.handovers.back().verdict = segue::record::Verdict::tainted;
  CHECK(shows(render(picture, 120, 40, ""), "tainted", Style::warning));
  picture.handovers.back().failure = "step 2 is missing";
  const Grid grid = render(picture, 120, 40, "");
  CHECK(shows(grid, "step 2 is missing", Style::bad));
  CHECK_FALSE(says(grid, "tainted"));
}

TEST_CASE("a tainted lab says why, and trouble comes before any verdict") {
  auto picture = paper_network();
  picture.verdict = segue::record::Verdict::tainted;
  picture.reasons = {"links were late", "no idle core"};
  CHECK(says(render(picture, 80, 24, ""), "verdict tainted: links were late; no idle core"));
  picture.trouble = "the probes ended: iperf is gone";
  const Grid grid = render(picture, 80, 24, "");
  CHECK(shows(grid, "the probes ended: iperf is gone", Style::bad));
  CHECK_FALSE(says(grid, "tainted"));
}

TEST_CASE("a lab in which nothing has happened yet") {
  auto picture = paper_network();
  picture.handovers.clear();
  picture.flows.clear();
  picture.throughput.clear();
  picture.verdict.reset();
  const Grid grid = render(picture, 80, 24, "q leaves");
  CHECK(says(grid, "none yet"));
  CHECK(says(grid, "no voice yet"));
  CHECK(says(grid, "no throughput yet"));
  CHECK_FALSE(says(grid, "verdict"));
  CHECK(says(grid, "q leaves"));
}

TEST_CASE("with more runs than rows those under way are shown, and the others counted") {
  auto picture = runs_under_way();
  picture.runs.clear();
  for (int i = 0; i < 60; ++i) {
    const auto state = i < 30 ? Run::State::ended : i < 33 ? Run::State::under_way : Run::State::waiting;
    picture.runs.push_back({.mechanism = "run-" + std::to_string(i), .probe = "voip", .state = state, .handovers = 8});
  }
  const Grid grid = render(picture, 100, 24, "");
  for (const char* shown : {"run-29", "run-30", "run-31", "run-32"}) CHECK(says(grid, shown));
  CHECK_FALSE(says(grid, "run-0 "));
  CHECK(says(grid, "more runs"));
}

TEST_CASE("every size is drawn, and none is left") {
  auto large = paper_network();
  for (int i = 0; i < 200; ++i) large.nodes.push_back({"leaf" + std::to_string(i), "router"});
  large.name = std::string(300, 'n');
  large.reasons = {std::string(500, 'r')};
  for (const auto& picture : {paper_network(), runs_under_way(), large, Picture{}}) {
    for (int columns = 0; columns <= 160; columns += 9) {
      for (int rows = 0; rows <= 50; rows += 3) {
        const Grid grid = render(picture, columns, rows, "q leaves");
        CHECK(grid.columns() == columns);
        CHECK(grid.rows() == rows);
      }
    }
  }
}

TEST_CASE("what a name carries does not reach the terminal as a command") {
  auto picture = paper_network();
  picture.name = "\x1b[2Jlab\n";
  const auto text = render(picture, 80, 24, "").text();
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 24);
}
