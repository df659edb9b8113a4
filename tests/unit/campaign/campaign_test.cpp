#include "orchestrator/campaign/campaign.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/unit/campaign/tools.hpp"
#include "tests/unit/config/page_of_formats.hpp"

using namespace segue;
using namespace segue::campaign;
using namespace segue::test;

namespace {

std::string complaint_about(const std::string& text) {
  const Scratch scratch;
  return complaint([&] { plan_of(scratch, text); });
}

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

constexpr const char* two = "mechanisms = [\"prompt-scheduled\", \"prompt-unscheduled\"]\nprobes = [\"voip\"]\n";

}  // namespace

TEST_CASE("the campaigns that come with the paper's lab can be read") {
  for (const char* name : {"table2", "buffered", "delay-sweep", "loss", "crossing"}) {
    CAPTURE(name);
    const auto plan = make_plan(load_campaign(paper_lab() / "campaigns" / (std::string(name) + ".toml")));
    CHECK(plan.cells.size() >= 9);
    CHECK(plan.campaign.lab == paper_lab());
  }
  CHECK(make_plan(load_campaign(paper_lab() / "campaigns" / "table2.toml")).cells.size() == 9);
}

TEST_CASE("the page of the three formats has every key of a campaign") {
  const std::string page = page_of_formats();
  const std::string unknown = "qqqqqqqqqqqq = 1\n";
  for (const std::string& text :
       {unknown + two, two + std::string("[stop]\n") + unknown, two + std::string("[crossing]\n") + unknown}) {
    const auto keys = keys_in(complaint_about(text));
    CHECK(keys.size() >= 3);
    for (const auto& key : keys) {
      CAPTURE(key);
      CHECK(mentions(page, '`' + key + '`'));
    }
  }
}

TEST_CASE("probes go by IPv6, or by IPv4 where the lab has it") {
  CHECK(mentions(complaint_about("family = 5\n" + std::string(two)), "campaigns/x.toml:1: family: 4 or 6"));
  CHECK(mentions(complaint_about("family = 7\n" + std::string(two)),
                 "campaigns/x.toml:1: family 7: it goes from 4 to 6"));
  CHECK(mentions(
      complaint_about("family = 4\n" + std::string(two)),
      "campaigns/x.toml:1: family: prompt: a probe over IPv4, and node mn has no IPv4 address; addressing.ipv4 "
      "would give one"));
  const Scratch scratch;
  CHECK(spec_of(plan_of(scratch, "family = 6\n" + std::string(two)), {}).family == Family::ipv6);
}

TEST_CASE("every mistake of a file is told at once, with its line and key") {
  const auto said = complaint_about(
      "handovers = 0\norder = \"sideways\"\nmechanism = \"a\"\nuntil = 3\n[stop]\nuntil = \"ci95 > 2%\"\nof = "
      "[\"completon\"]\n"
      "[sweep]\nlinks.map-ar1.delay = []\nmap-ar1.delay = [\"1ms\"]\n");
  CHECK(mentions(said, "campaigns/x.toml:2: handovers 0: it goes from 1 to 10000"));
  CHECK(mentions(said, "campaigns/x.toml:3: order: \"random\" or \"file\""));
  CHECK(mentions(said, "campaigns/x.toml:4: unknown key \"mechanism\"; did you mean \"mechanisms\"?"));
  CHECK(mentions(said, "campaigns/x.toml:5: unknown key \"until\""));
  CHECK(mentions(said, "campaigns/x.toml:7: stop: until \"ci95 > 2%\": ci95 is to get below something"));
  CHECK(mentions(said, "campaigns/x.toml:8: stop: of \"completon\"; did you mean \"completion\"?"));
  CHECK(mentions(said, "campaigns/x.toml:10: sweep: links.map-ar1.delay: it has no values"));
  CHECK(mentions(said, "campaigns/x.toml:11: map-ar1.delay: it begins with links., nodes. or mechanism."));
}

TEST_CASE("what no campaign can be is refused in its line, and what is at a limit is not") {
  const std::string delay = "[sweep]\nlinks.map-ar1.delay = [\"1ms\"]\n";
  for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
           {"interval = \"99ms\"\n", "2: interval: a handover needs 100ms at least"},
           {"timeout = \"0s\"\n", "2: timeout: nothing runs in no time"},
           {"links = \"string\"\n", "2: links: "},
           {"probes = []\n", "2: probes: the list is empty"},
           {"probes = [\"voip\", \"iperf-udp\", \"voip\"]\n", "2: probes: \"voip\" is named twice"},
           {"repetitions = 1000001\n", "2: repetitions 1000001: it goes from 1 to 1000000"},
           {"[stop]\nuntil = \"ci95 < 2%\"\nat-least = 4\nat-most = 3\n", "5: stop: at-most: it is less than at-least"},
           {"[stop]\nat-most = 3\n", "2: stop: until is missing"},
           {"[groups]\ndomain = []\n", "3: groups: domain: it has no members"},
           {"[set]\nlinks.map-ar1.delay = [\"1ms\", \"2ms\"]\n", "3: set: links.map-ar1.delay: one value is wanted"},
           {"[sweep]\nlinks.map-ar1.loss = [1, 2, 1]\n", "3: sweep: \"1\" is there twice"},
           {"[set]\nlinks.map-ar1.delay = \"2ms\"\n" + delay, "5: links.map-ar1.delay: set in line 3 too"},
           {"[[zip]]\nlinks.map-ar1.delay = [\"1ms\", \"2ms\"]\nlinks.map-ar2.delay = [\"1ms\"]\n",
            "4: zip: links.map-ar2.delay: 1 values, but links.map-ar1.delay has 2"},
           {delay + "[[exclude]]\nlinks.map-ar2.delay = [\"1ms\"]\n",
            "5: exclude: links.map-ar2.delay: neither mechanism, nor probe, nor a swept name"},
           {"[[exclude]]\n", "2: exclude: it names nothing, and would leave out all"},
           {delay + "[crossing]\nlimit = \"50ms\"\nalong = \"links.map-ar2.delay\"\n",
            "6: crossing: along: \"links.map-ar2.delay\" is not swept"}}) {
    const auto said = complaint_about(text);
    CAPTURE(said);
    CHECK(mentions(said, "campaigns/x.toml:" + message));
  }
  for (const char* text : {"interval = \"100ms\"\n", "repetitions = 1000000\nhandovers = 1\nprobes = [\"voip\"]\n",
                           "[stop]\nuntil = \"ci95 < 2%\"\nat-least = 3\nat-most = 3\n"}) {
    CHECK(complaint_about(text) == "");
  }
}

TEST_CASE("what a value does to the lab is judged before anything runs") {
  const auto said = complaint_about(
      "mechanisms = [\"prompt-scheduled\"]\nprobes = [\"voip\"]\n[sweep]\nlinks.map-ar1.delay = [\"10ms\", \"10 "
      "parsecs\"]\n"
      "links.map-ar9.delay = [\"1ms\"]\nmechanism.retries = [1, 1000]\nmechanism.step.nothing.delay = [\"1ms\"]\n");
  CHECK(mentions(said, "campaigns/x.toml:5: "));
  CHECK(mentions(said, "10 parsecs"));
  CHECK(mentions(said, "campaigns/x.toml:6: override links.map-ar9.delay: the file has no links.map-ar9"));
  CHECK(mentions(said, "campaigns/x.toml:7: "));
  CHECK(mentions(said, "retries 1000"));
  CHECK(mentions(said, "campaigns/x.toml:8: override mechanism.step.nothing.delay: the mechanism has no such step"));
}

TEST_CASE("mechanisms and probes that there are not are told with those there are") {
  const auto said = complaint_about("mechanisms = [\"prompt-schedule\"]\nprobes = [\"viop\"]\n");
  CHECK(mentions(
      said, "campaigns/x.toml:2: mechanisms: the lab has no \"prompt-schedule\"; did you mean \"prompt-scheduled\"?"));
  CHECK(mentions(said, "campaigns/x.toml:3: probes: there is no \"viop\"; did you mean \"voip\"?"));
  CHECK(mentions(complaint_about("probes = [\"voip\", \"voip\"]\n"), "\"voip\" is named twice"));
  CHECK(mentions(complaint_about("probes = []\n"), "probes: the list is empty"));
}

TEST_CASE("a link without room for a tunnel is warned of once, if a whole cell has it") {
  const Scratch scratch;
  const std::string head = "mechanisms = [\"prompt-scheduled\"]\nprobes = [\"voip\", \"iperf-udp\"]\n";
  const auto warnings = plan_of(scratch, head + "[sweep]\nlinks.map-ar1.mtu = [\"1500\", \"1600\"]\n").warnings;
  REQUIRE(warnings.size() == 1);
  CHECK(mentions(warnings[0], "link \"map-ar1\": mtu 1500, and the tunnel of \"prompt-scheduled\" from map to ar1"));
  CHECK(
      plan_of(scratch, head + "[set]\nlinks.mn-ar1.mtu = \"1400\"\n[sweep]\nlinks.map-ar1.mtu = [\"1500\", \"1600\"]\n")
          .warnings.empty());
  CHECK(plan_of(scratch, head).warnings.empty());
}

TEST_CASE("the matrix is the product of mechanisms, probes and sweeps, and what is zipped goes together") {
  const Scratch scratch;
  const auto plan = plan_of(
      scratch, std::string(two) +
                   "[sweep]\nlinks.map-ar1.delay = [\"1ms\", \"2ms\", \"3ms\"]\n"
                   "[[zip]]\nlinks.mn-ar1.delay = [\"4ms\", \"5ms\"]\nlinks.mn-ar2.delay = [\"6ms\", \"7ms\"]\n");
  REQUIRE(plan.cells.size() == 2 * 3 * 2);
  CHECK(plan.parameters == std::vector<std::string>{"links.map-ar1.delay", "links.mn-ar1.delay", "links.mn-ar2.delay"});
  CHECK(plan.cells[0].values == std::vector<std::string>{"1ms", "4ms", "6ms"});
  CHECK(plan.cells[1].values == std::vector<std::string>{"1ms", "5ms", "7ms"});
  CHECK(plan.cells[2].values == std::vector<std::string>{"2ms", "4ms", "6ms"});
  std::set<std::pair<std::size_t, std::vector<std::string>>> different;
  for (const auto& cell : plan.cells) different.emplace(cell.mechanism, cell.values);
  CHECK(different.size() == plan.cells.size());
  const auto uneven = complaint_about(
      std::string(two) + "[[zip]]\nlinks.mn-ar1.delay = [\"4ms\", \"5ms\"]\nlinks.mn-ar2.delay = [\"6ms\"]\n");
  CHECK(mentions(uneven, "zip: links.mn-ar2.delay: 1 values, but links.mn-ar1.delay has 2"));
}

TEST_CASE("cells that meet all of an exclusion are left out, others stay") {
  const Scratch scratch;
  const auto plan =
      plan_of(scratch, std::string(two) +
                           "[sweep]\nlinks.map-ar1.delay = [\"1ms\", \"2ms\", \"3ms\"]\n"
                           "[[exclude]]\nmechanism = \"prompt-scheduled\"\nlinks.map-ar1.delay = [\"2ms\", \"3ms\"]\n");
  CHECK(plan.cells.size() == 4);
  const auto all = complaint_about(std::string(two) + "[[exclude]]\nprobe = \"voip\"\n");
  CHECK(mentions(all, "the exclusions leave out every cell"));
  CHECK(
      mentions(complaint_about(std::string(two) + "[[exclude]]\nlinks.map-ar1.delay = \"2ms\"\n"), "nor a swept name"));
}

TEST_CASE("a group and a pattern stand for several links") {
  const Scratch scratch;
  const auto plan =
      plan_of(scratch, std::string(two) +
                           "[groups]\ndomain = [\"map-ar1\", \"map-ar2\"]\n[set]\n\"links.mn-*.loss\" = \"1%\"\n"
                           "[sweep]\nlinks.domain.delay = [\"20ms\"]\nmechanism.delay = [\"2ms\"]\n");
  const auto spec = spec_of(plan, {});
  CHECK(spec.overrides == config::Overrides{{"links.mn-ar1.loss", "1%"},
                                            {"links.mn-ar2.loss", "1%"},
                                            {"links.map-ar1.delay", "20ms"},
                                            {"links.map-ar2.delay", "20ms"}});
  CHECK(spec.mechanism_overrides == config::Overrides{{"delay", "2ms"}});
  CHECK(mentions(complaint_about(std::string(two) + "[set]\n\"links.zz-*.loss\" = \"1%\"\n"), "matches no link"));
}

TEST_CASE("a range has its ends, without the rounding of its steps") {
  const Scratch scratch;
  const auto plan =
      plan_of(scratch, std::string(two) +
                           "[sweep]\nlinks.map-ar1.delay = { from = \"0.5ms\", to = \"2ms\", step = \"0.5ms\" }\n"
                           "links.mn-ar1.loss = { from = 0.1, to = 0.3, step = 0.1 }\n");
  CHECK(plan.campaign.axes[0].points == std::vector<std::vector<std::string>>{{"500us"}, {"1ms"}, {"1.5ms"}, {"2ms"}});
  CHECK(plan.campaign.axes[1].points == std::vector<std::vector<std::string>>{{"0.1"}, {"0.2"}, {"0.3"}});
  CHECK(mentions(complaint_about("[sweep]\nlinks.map-ar1.delay = { from = \"1ms\", to = \"2ms\", step = \"0s\" }\n"),
                 "step: it must be more than nothing"));
  for (const char* ends : {"from = inf, to = inf, step = 1.0", "from = 0.0, to = nan, step = 1.0",
                           "from = 0.0, to = 1.0, step = inf", "from = -inf, to = 1.0, step = 1.0"}) {
    CHECK(mentions(complaint_about(fmt::format("[sweep]\nlinks.map-ar1.loss = {{ {} }}\n", ends)),
                   "campaigns/x.toml:3: sweep: links.map-ar1.loss: from, to and step: a range has an end"));
  }
}

TEST_CASE("a sweep of more values than a campaign can have is refused before any is tried, and soon") {
  std::string values;
  for (int i = 0; i < 100'000; ++i) values += fmt::format("\"{}us\",", i);
  CHECK(mentions(complaint_about("[sweep]\nlinks.map-ar1.delay = [" + values + "]\n"), "more than 10000 cells"));
}

TEST_CASE("repetitions have seeds of their own, the same in every cell") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, std::string(two) + "seed = 7\nrepetitions = 2\n");
  CHECK(spec_of(plan, {.cell = 0, .repetition = 2}).seed == 8);
  CHECK(spec_of(plan, {.cell = 1, .repetition = 2}).seed == 8);
}

TEST_CASE("the order is shuffled by the seed, holds every run once, and is the file's if asked for") {
  const Scratch scratch;
  const std::string text = "probes = [\"voip\"]\nrepetitions = 20\n";
  const auto plan = plan_of(scratch, text);
  const auto shuffled = first_round(plan, {});
  CHECK(shuffled == first_round(plan, {}));
  CHECK(!std::is_sorted(shuffled.begin(), shuffled.end()));
  auto sorted = shuffled;
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted.size() == 20 * plan.mechanisms.size());
  CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
  CHECK(first_round(plan_of(scratch, "seed = 2\n" + text), {}) != shuffled);
  const auto in_order = first_round(plan_of(scratch, "order = \"file\"\n" + text), {});
  CHECK(in_order == sorted);
}

TEST_CASE("a run's folder names it, and other names are no runs") {
  for (const RunKey key : {RunKey{}, RunKey{.cell = 1234, .repetition = 567},
                           RunKey{.cell = 3, .repetition = 2, .attempt = 1, .last = false}}) {
    CHECK(run_named(to_text(key)) == key);
  }
  CHECK(to_text(RunKey{.cell = 3, .repetition = 2}) == "c003-r02");
  for (const char* text : {"", "c3-r02", "c003-r02-", "c003-r02-t0", "c003-r02x", "c-1-r02", "lost+found"}) {
    CAPTURE(text);
    CHECK(!run_named(text));
  }
}
