// Every verb once, on a lab that is up.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "nodes/base/version.hpp"
#include "tests/system/host.hpp"
#include "tests/system/lab_up.hpp"
#include "tests/system/labs.hpp"
#include "tests/system/ping.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The line of `text` with `part` in it.
std::string line_with(const std::string& text, const std::string& part) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (has(line, part)) return line;
  }
  return {};
}

}  // namespace

TEST_CASE("up, ps, exec, shell, link, handover, down: a lab from its beginning to its end") {
  const HostState before = host_state();
  LabUp lab(lab_folder("prompt"));
  CHECK(has(lab.said(), lab.name() + " is up: 7 nodes"));
  CHECK(has(lab.said(), "http://127.0.0.1:"));
  CHECK(has(lab.said(), "segue down " + lab.name()));

  // Its name is taken, and its mobile is at the first access router.
  const Outcome again = run_segue({"up", lab_folder("prompt"), "--name", lab.name()});
  CHECK(again.exit_code == 2);
  CHECK(has(again.err, "is up already"));
  const Outcome ps = run_segue({"ps", lab.name()});
  CHECK(ps.exit_code == 0);
  for (const char* node : {"mn", "ar1", "ar2", "map", "inet", "cn", "home"})
    CHECK(has(ps.out, std::string("  ") + node));
  CHECK(has(line_with(ps.out, "  mn "), "attached to ar1"));
  CHECK(has(run_segue({"ps"}).out, lab.name()));

  // A command inside: its exit code, its output, its node's interfaces and nobody else's.
  CHECK(run(lab.inside("mn", {"sh", "-c", "exit 7"})).exit_code == 7);
  CHECK(run(lab.inside("mn", {"sh", "-c", "echo $SEGUE_NODE"})).out == "mn\n");
  CHECK(run(lab.inside("mn", {"ls", "/sys/class/net"})).out == "ar1\nar2\nlo\n");
  CHECK(run(lab.inside("mn", {"no-such-program"})).exit_code == 2);
  CHECK(run(lab.inside("mn", {"printf", "<%s>", "[a,b]", "[]", "--lab", "-c"})).out == "<[a,b]><[]><--lab><-c>");
  CHECK(ping_of(lab.ask({"exec", "mn", "ping", "-n", "-c", "1", "cn"}).out).received == 1);
  const Outcome nowhere = run(lab.inside("nowhere", {"true"}));
  CHECK(nowhere.exit_code == 2);
  CHECK(has(nowhere.err, "mn, ar1, ar2, map, inet, cn, home"));
  CHECK(ping_of(run(lab.inside("mn", {"ping", "-n", "-c", "2", "-i", "0.1", "cn"})).out).received == 2);

  const Outcome shell = run({"sh", "-c",
                             fmt::format("echo 'ls /sys/class/net; exit 5' | SHELL=/bin/sh {} shell --lab {} ar1",
                                         segue_with({}).front(), lab.name())});
  CHECK(shell.exit_code == 5);
  CHECK(has(shell.out, "map"));

  const Outcome links = lab.ask({"link"});
  CHECK(links.exit_code == 0);
  for (const char* way : {"mn>ar1", "ar1>mn", "map>ar2", "inet>home"}) CHECK(has(links.out, way));
  CHECK(has(line_with(links.out, "map>ar1"), "10ms"));
  CHECK(lab.ask({"link", "mn-cn"}).exit_code == 2);
  CHECK(lab.ask({"link", "map-ar1", "--delay", "10 parsecs"}).exit_code == 2);
  CHECK(lab.ask({"link", "map-ar1", "--loss", "101%"}).exit_code == 2);
  CHECK(has(line_with(lab.ask({"link", "map-ar1"}).out, "map>ar1"), "10ms"));

  // What a link cannot do changes nothing, in either direction, nor anything that comes after.
  const std::string as_it_was = lab.ask({"link", "map-ar1"}).out;
  for (const Command& words :
       {Command{"--delay", "61min"}, {"--delay", "1ms", "--jitter", "2ms"}, {"--from", "ar1", "--delay", "61min"}}) {
    Command command{"link", "map-ar1"};
    command.insert(command.end(), words.begin(), words.end());
    const Outcome refused = lab.ask(command);
    CHECK(refused.exit_code == 2);
    CHECK((has(refused.err, "it goes up to 60min") || has(refused.err, "more than the delay")));
    const std::string now = lab.ask({"link", "map-ar1"}).out;
    for (const char* way : {"map>ar1", "ar1>map"}) {
      CHECK(line_with(now, way).substr(0, 44) == line_with(as_it_was, way).substr(0, 44));  // and its counters
    }
  }
  const Outcome lossy = lab.ask({"link", "map-ar1", "--loss", "1e-9", "--jitter", "1ms", "--rate", "90Mbit"});
  CHECK(lossy.exit_code == 0);
  const std::string terms = "delay 10ms, jitter 1ms normal, loss 0.0000001%, rate 90Mbit/s, queue-limit 1000";
  CHECK(has(line_with(lossy.out, "map>ar1"), "map>ar1    " + terms + "  delay 10ms"));
  CHECK(lab.ask({"link", "map-ar1", "--loss", "0%", "--jitter", "0ms", "--rate", "0bit"}).exit_code == 0);

  const Outcome handover = lab.ask({"handover", "--json"});
  CHECK(handover.exit_code == 0);
  const auto card = nlohmann::json::parse(handover.out);
  CHECK(card.at("outcome") == "complete");
  CHECK(card.at("from") == "ar1");
  CHECK(card.at("to") == "ar2");
  CHECK(card.at("uplink").at("sent") > 0);
  CHECK(has(line_with(run_segue({"ps", lab.name()}).out, "  mn "), "attached to ar2"));
  CHECK(ping_of(run(lab.inside("cn", {"ping", "-n", "-c", "2", "-i", "0.1", "mn"})).out).received == 2);

  const Outcome chosen = lab.ask({"handover", "--mechanism", "prompt-unscheduled", "--to", "ar1"});
  CHECK(chosen.exit_code == 0);
  CHECK(has(chosen.out, "mn: ar2 to ar1: complete"));
  CHECK(has(chosen.out, "ms"));
  CHECK(lab.ask({"handover", "--to", "ar1"}).exit_code == 2);  // it is there
  CHECK(lab.ask({"handover", "--to", "cn"}).exit_code == 2);
  CHECK(lab.ask({"handover", "--mechanism", "teleport"}).exit_code == 2);

  const Outcome down = lab.down();
  CHECK(down.exit_code == 0);
  CHECK(down.out == lab.name() + " is down\n");
  CHECK(eventually([] { return descendants(::getpid()).empty(); }, std::chrono::seconds(1)));
  CHECK_FALSE(has(run_segue({"ps"}).out, lab.name()));
  CHECK(difference(before, host_state()).empty());
}

TEST_CASE("handovers one after another: what is left of a call is not the next one's") {
  LabUp lab(lab_folder("prompt"));
  for (int i = 0; i < 3; ++i) {
    const Outcome handover = lab.ask({"handover", "--json"});
    REQUIRE(handover.exit_code == 0);
    const auto card = nlohmann::json::parse(handover.out);
    for (const char* way : {"uplink", "downlink"}) {
      CHECK(card.at(way).at("reordered") == 0);
      CHECK(card.at(way).at("duplicated") == 0);
    }
  }
  CHECK(lab.down().exit_code == 0);
}

TEST_CASE("of two handovers at once one is refused, and the mobile is where the other has taken it") {
  LabUp lab(lab_folder("prompt"));
  Process first(segue_with({"handover", "--lab", lab.name(), "--to", "ar2"}));
  Process second(segue_with({"handover", "--lab", lab.name(), "--to", "ar2"}));
  const Outcome one = first.wait(std::chrono::seconds(20));
  const Outcome other = second.wait(std::chrono::seconds(20));
  CHECK(std::min(one.exit_code, other.exit_code) == 0);
  CHECK(std::max(one.exit_code, other.exit_code) == 1);
  CHECK(has(one.err + other.err, "the handover before this one is not over yet"));
  CHECK(has(line_with(run_segue({"ps", lab.name()}).out, "  mn "), "attached to ar2"));
  CHECK(lab.down().exit_code == 0);
}

TEST_CASE("a link that was changed makes packets slower and does not make them go another way") {
  const Scratch scratch;
  scratch.write("ways/topology.toml", R"(
[nodes]
mn.role = "mobile"
ar1.role = "access-router"
ar2.role = "access-router"
map.role = "anchor"
x.role = "router"
y.role = "router"
cn.role = "correspondent"
[defaults]
mtu = 1600
[links]
mn-ar1 = { between = ["mn", "ar1"], delay = "1ms" }
mn-ar2 = { between = ["mn", "ar2"], delay = "1ms" }
x-ar1 = { between = ["x", "ar1"], delay = "1ms" }
x-ar2 = { between = ["x", "ar2"], delay = "1ms" }
y-ar1 = { between = ["y", "ar1"], delay = "5ms" }
y-ar2 = { between = ["y", "ar2"], delay = "5ms" }
map-x = { between = ["map", "x"], delay = "5ms" }
map-y = { between = ["map", "y"], delay = "30ms" }
cn-map = { between = ["cn", "map"], delay = "5ms" }
)");
  scratch.write("ways/mechanisms/update.toml", break_before_make("anchor") + R"(
[[step]]
name = "attach"
from = "mobile"
to = "new"
message = "attach"
layer = 2
route = "through"
[[step]]
name = "update"
from = "new"
to = "anchor"
message = "binding update"
layer = 3
route = "tunnel new"
[[step]]
name = "attached"
from = "new"
to = "mobile"
message = "attached"
layer = 2
route = "via new"
after = ["update"]
)");
  LabUp lab(scratch.path() / "ways");
  REQUIRE(lab.ask({"link", "map-x", "--delay", "100ms"}).exit_code == 0);
  const Outcome handover = lab.ask({"handover", "--json"});
  INFO(handover.err);
  REQUIRE(handover.exit_code == 0);
  const auto card = nlohmann::json::parse(handover.out);
  // To the anchor over x, and its confirmation back.
  CHECK(card.at("expected_completion_ns") == 1'000'000 + 2 * 101'000'000 + 1'000'000);
  CHECK(card.at("completion_ns") >= card.at("expected_completion_ns"));
  CHECK(card.at("completion_ns").get<double>() < 1.1 * card.at("expected_completion_ns").get<double>());
  CHECK(lab.down().exit_code == 0);
}

TEST_CASE("a handover whose agent ends fails at once, and the lab goes on") {
  const Scratch scratch;
  LabUp lab(endless_lab(scratch.path(), "tail -f /dev/null"));
  const pid_t agent = lab.agent_of("ar2");
  Process handover(segue_with({"handover", "--lab", lab.name(), "--mechanism", "endless"}));
  const auto executes = [] {
    const auto processes = descendants(::getpid());
    return std::any_of(processes.begin(), processes.end(),
                       [](pid_t one) { return has(command_line(one), "tail -f /dev/null"); });
  };
  REQUIRE(eventually(executes, std::chrono::seconds(10)));
  ::kill(agent, SIGKILL);
  const Outcome outcome = handover.wait(std::chrono::seconds(10));
  CHECK(outcome.exit_code == 1);
  CHECK(has(outcome.out, "mn: ar1 to ar2: failed: node ar2: its agent has ended"));
  CHECK(eventually([&] { return !executes(); }, std::chrono::seconds(10)));  // the others were told

  // Without that agent there is no handover, and all the rest there is.
  const Outcome next = lab.ask({"handover"});
  CHECK(next.exit_code == 1);
  CHECK(has(next.err, "node ar2: its agent has ended"));
  CHECK(has(line_with(run_segue({"ps", lab.name()}).out, "  ar2 "), "(ended)"));
  CHECK(has(line_with(run_segue({"ps", lab.name()}).out, "  mn "), "attached to ar1"));
  CHECK(lab.ask({"link", "mn-ar1"}).exit_code == 0);
  CHECK(lab.down().exit_code == 0);
}

TEST_CASE("an agent that hangs is declared down at its deadline, and keeps nobody waiting until then") {
  LabUp lab(lab_folder("prompt"));
  ::kill(lab.agent_of("ar2"), SIGSTOP);
  Process handover(segue_with({"handover", "--lab", lab.name()}));
  // For as long as nobody has given it up; each is an answer of the lab's.
  unsigned answers = 0;
  while (!handover.ends_within(std::chrono::milliseconds(500))) {
    const Outcome outcome = run(segue_with({"ps", lab.name()}), {}, std::chrono::seconds(5));
    REQUIRE(outcome.exit_code == 0);
    ++answers;
  }
  CHECK(answers > 5);
  const Outcome outcome = handover.wait();
  CHECK(outcome.exit_code == 1);
  CHECK(has(outcome.err, "node ar2: its agent did not answer for 10 s, and was killed"));
  CHECK(has(line_with(run_segue({"ps", lab.name()}).out, "  ar2 "), "(ended)"));
  CHECK(lab.down().exit_code == 0);
}

TEST_CASE("a link's delay changes while a ping goes over it, and nothing is lost") {
  const LabUp lab(lab_folder("prompt"));
  Process ping(lab.inside("ar1", {"ping", "-n", "-c", "200", "-i", "0.02", "map"}));
  ping.await_line(Process::Stream::out, "icmp_seq=20 ");
  const Outcome change = lab.ask({"link", "map-ar1", "--delay", "20ms"});
  CHECK(change.exit_code == 0);
  CHECK(has(line_with(change.out, "map>ar1"), "20ms"));
  CHECK(has(line_with(change.out, "ar1>map"), "20ms"));
  const Outcome outcome = ping.wait();
  CHECK(ping_of(outcome.out).received == 200);
  // None is early, and the best of twenty says what the link does.
  const auto best = [&](int first) {
    double least = 1e9;
    for (int sequence = first; sequence < first + 20; ++sequence) {
      const auto line = line_with(outcome.out, fmt::format("icmp_seq={} ", sequence));
      least = std::min(least, std::stod(line.substr(line.find("time=") + 5)));
    }
    return least;
  };
  CHECK(best(1) >= 20.0);
  CHECK(best(1) < 25.0);
  CHECK(best(181) >= 40.0);
  CHECK(best(181) < 45.0);

  const Outcome one_way = lab.ask({"link", "map-ar1", "--from", "map", "--delay", "5ms"});
  CHECK(has(line_with(one_way.out, "map>ar1"), "5ms"));
  CHECK(has(line_with(one_way.out, "ar1>map"), "20ms"));
}

TEST_CASE("capture records what crosses one interface of a node, until Ctrl-C") {
  const LabUp lab(lab_folder("prompt"));
  const Scratch scratch;
  const auto file = scratch.path() / "ar1.pcap";
  Process capture(segue_with({"capture", "--lab", lab.name(), "ar1:map", "-w", file.string()}));
  capture.await_line(Process::Stream::err, "listening on map");
  CHECK(ping_of(run(lab.inside("ar1", {"ping", "-n", "-c", "3", "-i", "0.1", "map"})).out).received == 3);
  const auto recorded = [&] { return std::filesystem::exists(file) && std::filesystem::file_size(file) > 6 * 100; };
  CHECK(eventually(recorded, std::chrono::seconds(5)));
  capture.send(SIGINT);
  CHECK(capture.wait().exit_code == 0);
}

TEST_CASE(
    "capture prints what it does not record, with tcpdump's own arguments, and says where interfaces have names") {
  const LabUp lab(lab_folder("prompt"));
  Process printing(segue_with({"capture", "--lab", lab.name(), "ar1:map", "--", "-c", "1", "icmp6"}));
  printing.await_line(Process::Stream::err, "listening on map");
  CHECK(ping_of(run(lab.inside("ar1", {"ping", "-n", "-c", "1", "map"})).out).received == 1);
  const Outcome printed = printing.wait(std::chrono::seconds(10));
  CHECK(printed.exit_code == 0);
  CHECK(has(printed.out, "echo request"));
  const Scratch scratch;
  Process recording(segue_with({"capture", "--lab", lab.name(), "ar1", "-w", scratch.path() / "ar1.pcap"}));
  recording.await_line(Process::Stream::err, "segue exec ar1 -- tcpdump -r " + (scratch.path() / "ar1.pcap").string());
  recording.await_line(Process::Stream::err, "listening on any");
  recording.send(SIGINT);
  CHECK(recording.wait().exit_code == 0);
}

TEST_CASE("nodes are found by their names in both families, whatever the host calls so") {
  const LabUp lab(lab_folder("campus"));
  const auto addresses = [&](const char* family) { return run(lab.inside("desk", {"getent", family, "server"})).out; };
  CHECK(has(addresses("ahostsv6"), "2001:db8:5e9::80"));
  CHECK(has(addresses("ahostsv4"), "10.20."));
  CHECK(ping_of(run(lab.inside("desk", {"ping", "-4", "-n", "-c", "1", "south"})).out).received == 1);
}

TEST_CASE("doctor says what this machine offers") {
  const Outcome outcome = run_segue({"doctor"});
  CHECK(outcome.exit_code == 0);
  CHECK(has(outcome.out, std::string("segue ") + std::string(version)));
  CHECK(has(line_with(outcome.out, "network namespaces"), "yes"));
  CHECK(has(line_with(outcome.out, "links by wire"), "yes"));
  CHECK(has(line_with(outcome.out, "iperf"), "yes"));
  CHECK(has(line_with(outcome.out, "Prometheus"), "prometheus"));
}

TEST_CASE("graph draws the topology, as SVG and in Graphviz's language") {
  const auto lab = lab_folder("prompt").string();
  const Outcome svg = run_segue({"graph", lab});
  CHECK(svg.exit_code == 0);
  CHECK(has(svg.out, "<svg"));
  CHECK(has(svg.out, ">ar1</text>"));
  const Outcome dot = run_segue({"graph", lab, "--dot"});
  CHECK(dot.exit_code == 0);
  CHECK(has(dot.out, "\"map\" -- \"ar1\""));
}

TEST_CASE("help and the version") {
  CHECK(run_segue({"--version"}).out == std::string(version) + '\n');
  const Outcome help = run_segue({"--help"});
  CHECK(help.exit_code == 0);
  for (const char* verb : {"doctor", "run", "up", "down", "ps", "exec", "shell", "link", "handover", "graph"}) {
    CAPTURE(verb);
    CHECK(has(help.out, std::string("\n  ") + verb));
  }
  CHECK_FALSE(has(help.out, "keeper"));
}
