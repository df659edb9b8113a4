// What is wrong in the input is told with its place and its reason, and nothing is created.
#include <doctest/doctest.h>
#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <string>

#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// A copy of the paper's lab in which one file is another.
class BadLab {
 public:
  explicit BadLab(const std::string& file = {}, const std::string& text = {}) {
    fs::copy(lab_folder("prompt"), scratch_.path() / "bad", fs::copy_options::recursive);
    if (!file.empty()) scratch_.write("bad/" + file, text);
    for (const auto& entry : fs::recursive_directory_iterator(scratch_.path())) {
      fs::permissions(entry, fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
    }
    fs::permissions(scratch_.path(), fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
  }

  // What both `run` and `up` say about it. As nobody: whoever gets as far as the machine fails otherwise.
  std::string complaint(const Command& more = {}) const {
    std::string first;
    for (const char* verb : {"run", "up"}) {
      Command words{verb, path().string()};
      if (std::string(verb) == "run") {
        words.insert(words.end(), {"--out", (scratch_.path() / "out").string()});
        words.insert(words.end(), more.begin(), more.end());
      } else if (!more.empty()) {
        continue;
      }
      const Outcome outcome =
          run_segue(words, {.directory = scratch_.path(), .in_child = [] {
                              if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0) {
                                ::_exit(126);
                              }
                            }});
      CAPTURE(verb);
      CHECK(outcome.exit_code == 2);
      CHECK(outcome.out.empty());
      if (!first.empty()) CHECK(outcome.err == first);
      first = outcome.err;
    }
    CHECK(std::distance(fs::directory_iterator(scratch_.path()), fs::directory_iterator()) == 1);
    CHECK(descendants(::getpid()).empty());
    return first;
  }

  fs::path path() const { return scratch_.path() / "bad"; }

 private:
  Scratch scratch_;
};

// The paper's topology, or one of its mechanisms, with some of its text changed. Line by line it stays as long.
std::string changed(const std::string& file, const std::string& from, const std::string& to) {
  std::string text = text_of(lab_folder("prompt") / file);
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// "file:LINE: " for the line in which `text` has `what`.
std::string place(const std::string& file, const std::string& text, const std::string& what) {
  const auto at = static_cast<std::ptrdiff_t>(text.find(what));
  return file + ':' + std::to_string(1 + std::count(text.begin(), text.begin() + at, '\n')) + ": ";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

constexpr const char* topology = "topology.toml";
constexpr const char* scheduled = "mechanisms/prompt-scheduled.toml";

}  // namespace

TEST_CASE("an unknown key is named with its line and what is known") {
  const auto text = changed(topology, "delay = \"0.1ms\"", "dealy = \"0.1ms\"");
  const auto said = BadLab(topology, text).complaint();
  CHECK(has(said, place(topology, text, "dealy")));
  CHECK(has(said, "dealy"));
  CHECK(has(said, "delay"));
}

TEST_CASE("a link to a node that is not there") {
  const auto text = changed(topology, "[\"mn\", \"ar2\"]", "[\"mn\", \"ar3\"]");
  const auto said = BadLab(topology, text).complaint();
  CHECK(has(said, place(topology, text, "ar3")));
  CHECK(has(said, "ar3"));
}

TEST_CASE("two nodes with one address") {
  auto text = changed(topology, "role = \"mobile\"", "role = \"mobile\"\naddress = \"fd5e:9e::77\"");
  text.replace(text.find("role = \"anchor\""), 15, "role = \"anchor\"\naddress = \"fd5e:9e::77\"");
  const auto said = BadLab(topology, text).complaint();
  CHECK(has(said, topology + std::string(":")));
  CHECK(has(said, "fd5e:9e::77"));
  CHECK(has(said, "\"mn\""));
}

TEST_CASE("a unit that is none") {
  const auto text = changed(topology, "delay = \"10ms\"", "delay = \"10 parsecs\"");
  const auto said = BadLab(topology, text).complaint();
  CHECK(has(said, place(topology, text, "parsecs")));
  CHECK(has(said, "\"10 parsecs\": unknown unit (ns, us, ms, s"));
}

TEST_CASE("a step that names an unknown role") {
  const auto text = changed(scheduled, "from = \"anchor\"", "from = \"ancor\"");
  const auto said = BadLab(scheduled, text).complaint();
  CHECK(has(said, place("prompt-scheduled.toml", text, "[[step]]")));
  CHECK(has(said, "ancor"));
}

TEST_CASE("a circle in what steps wait for") {
  const auto text = changed(scheduled, "name = \"prepare\"", "name = \"prepare\"\nafter = \"acknowledge\"");
  const auto said = BadLab(scheduled, text).complaint();
  CHECK(has(said, "prompt-scheduled.toml:"));
  CHECK(has(said, "prepare"));
  CHECK(has(said, "acknowledge"));
}

TEST_CASE("all mistakes of a lab are told at once") {
  auto text = changed(topology, "delay = \"10ms\"", "delay = \"10 parsecs\"");
  text.replace(text.find("[\"mn\", \"ar2\"]"), 13, "[\"mn\", \"ar3\"]");
  const auto said = BadLab(topology, text).complaint();
  CHECK(has(said, "parsecs"));
  CHECK(has(said, "ar3"));
}

TEST_CASE("a file that is no TOML") {
  const auto said = BadLab(topology, "title = \"a lab\"\nthis is a letter, not a lab\n").complaint();
  CHECK(has(said, "topology.toml:2:"));
}

TEST_CASE("an empty file, and a folder without one") {
  CHECK(has(BadLab(topology, "").complaint(), "topology.toml"));
  const BadLab lab;
  fs::remove(lab.path() / topology);
  CHECK(has(lab.complaint(), "bad"));
}

TEST_CASE("100 MB of rubbish") {
  std::mt19937_64 random(7);
  std::string rubbish;
  rubbish.resize(100'000'000);
  for (std::size_t i = 0; i + 8 <= rubbish.size(); i += 8) {
    const std::uint64_t value = random();
    std::copy_n(reinterpret_cast<const char*>(&value), 8, rubbish.begin() + static_cast<std::ptrdiff_t>(i));
  }
  const auto said = BadLab(topology, rubbish).complaint();
  CHECK(has(said, "topology.toml"));
  CHECK(said.size() < 2000);
}

TEST_CASE("words on the command line that mean nothing") {
  const BadLab lab;
  const auto said = [&](const Command& more) { return lab.complaint(more); };
  CHECK(has(said({"--mechanism", "teleport"}), "\"teleport\": bad has prompt-scheduled, prompt-unscheduled"));
  CHECK(has(said({"--probe", "carrier-pigeon"}), "voip, iperf-tcp or iperf-udp"));
  CHECK(has(said({"--links", "string"}), "auto, netem, wire, wire-tap or wire-packet"));
  CHECK(has(said({"--handovers", "0"}), "at least one"));
  CHECK(has(said({"--handovers", "-3"}), "--handovers"));
  CHECK(has(said({"--handovers", "100001"}), "--handovers 100001: up to 100000"));
  CHECK(has(said({"--interval", "1441min"}), "--interval 1441min: up to 86400s"));
  CHECK(has(said({"--seed", "x"}), "--seed"));
  CHECK(has(said({"--interval", "10 parsecs"}), "unknown unit"));
  CHECK(has(said({"--warp"}), "--warp"));
}

TEST_CASE("an interval too short for a handover and its packets") {
  const BadLab lab;
  const auto said = lab.complaint({"--interval", "500ms", "--probe", "voip"});
  CHECK(has(said, "--interval 500ms"));
  CHECK(has(said, "mobile-ipv6-eap-aka"));
}

TEST_CASE("no such lab, no such verb, no verb, and a mechanism of a lab that has none") {
  for (const Command& words : {Command{"run", "atlantis"}, Command{"up", "atlantis"}, Command{"graph", "atlantis"},
                               Command{"levitate"}, Command{}, Command{"run"}, Command{"run", lab_folder("campus")},
                               Command{"run", lab_folder("campus"), "--mechanism", "x"}}) {
    const Scratch scratch;
    const Outcome outcome = run_segue(words, {.directory = scratch.path()});
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out.empty());
    CHECK_FALSE(outcome.err.empty());
    CHECK(fs::is_empty(scratch.path()));
  }
}

TEST_CASE("a link without room for a mechanism's tunnel is warned of at up and at run") {
  const BadLab lab(topology, changed(topology, "mtu = 1600", "mtu = 1500"));
  const Scratch scratch;
  scratch.write("out/summary.json", "{}");  // the run stops there
  const auto name = "narrow-" + std::to_string(::getpid());
  const std::string warning = "segue: warning: topology.toml:";
  for (const Command& words : {Command{"run", lab.path(), "--out", scratch.path() / "out"},
                               Command{"up", lab.path(), "--name", name, "--metrics", "127.0.0.1:0"}}) {
    const Outcome outcome = run_segue(words);
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == (words.front() == "up" ? 0 : 2));
    CHECK(outcome.err.starts_with(warning));
    CHECK(has(outcome.err,
              "link \"map-ar1\": mtu 1500, and the tunnel of \"prompt-scheduled\" from map to ar1 needs 1564"));
    CHECK(outcome.err.find(warning, 1) == std::string::npos);  // one line for each link
  }
  CHECK(run_segue({"down", name}).exit_code == 0);
  reap();
}

TEST_CASE("a lab without a correspondent: warned of when it comes up, refused by what measures") {
  const BadLab lab(topology, changed(topology, "role = \"correspondent\"", "role = \"router\""));
  fs::remove(lab.path() / "mechanisms/mobile-ipv6-eap-aka.toml");  // which tunnels from there
  const auto name = "alone-" + std::to_string(::getpid());
  const Outcome up = run_segue({"up", lab.path(), "--name", name, "--metrics", "127.0.0.1:0"});
  CHECK(up.exit_code == 0);
  CHECK(up.err ==
        "segue: warning: topology.toml: no node has role = \"correspondent\", with which the mobile talks: a handover "
        "cannot be measured\n");
  CHECK(run_segue({"down", name}).exit_code == 0);
  reap();
  for (const Command& words : {Command{"up", lab.path(), "--watch", "--name", name}, Command{"run", lab.path()}}) {
    const Outcome outcome = run_segue(words);
    CHECK(outcome.exit_code == 2);
    CHECK(has(outcome.err, "a probe needs a node with role \"correspondent\""));
  }
}

TEST_CASE("a name by which nobody could reach a lab") {
  for (const char* name : {"-dash", "two\nlines"}) {
    const Outcome outcome = run_segue({"up", lab_folder("prompt"), "--name", name});
    CHECK(outcome.exit_code == 2);
    CHECK(has(outcome.err, "segue: lab name"));
    CHECK(has(outcome.err, "--name"));
  }
}

TEST_CASE("results are not overwritten, and a place for metrics that is none costs no folder") {
  const Scratch scratch;
  scratch.write("out/summary.json", "{}");
  const auto lab = lab_folder("prompt").string();
  const Outcome again = run_segue({"run", lab, "--probe", "voip", "--out", (scratch.path() / "out").string()});
  CHECK(again.exit_code == 2);
  CHECK(has(again.err, "holds results already"));
  CHECK(text_of(scratch.path() / "out/summary.json") == "{}");
  const Outcome nowhere =
      run_segue({"run", lab, "--probe", "voip", "--metrics", "nowhere", "--out", scratch.path() / "new"});
  CHECK(nowhere.exit_code == 2);
  CHECK(has(nowhere.err, "\"nowhere\""));
  CHECK_FALSE(fs::exists(scratch.path() / "new"));
}

TEST_CASE("verbs for a lab that is up, when none is") {
  for (const Command& words :
       {Command{"exec", "--lab", "nobody", "mn", "--", "true"}, Command{"shell", "--lab", "nobody", "mn"},
        Command{"link", "--lab", "nobody"}, Command{"handover", "--lab", "nobody"}, Command{"down", "nobody"},
        Command{"ps", "nobody"}}) {
    const Outcome outcome = run_segue(words);
    CAPTURE(words.front());
    CHECK(outcome.exit_code == 2);
    CHECK(has(outcome.err, "no lab named \"nobody\" is up"));
  }
}
