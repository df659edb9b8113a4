// A user without any privilege, in real time: all that root can do, over TAPs if he may open /dev/net/tun and over
// packet sockets if not; and his labs are his.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/system/host.hpp"
#include "tests/system/lab_up.hpp"
#include "tests/system/ping.hpp"
#include "tests/system/program.hpp"
#include "tests/system/user.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

constexpr const char* over_taps = "wire";
constexpr const char* over_packet_sockets = "wire, packet sockets";

void see_the_table(const User& user, const char* links) {
  const Outcome outcome = run_segue({"run", lab_folder("prompt").string(), "--probe", "voip", "--handovers", "4",
                                     "--json", "--metrics", "127.0.0.1:0", "--out", (user.home() / links).string()});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const json summary = json::parse(outcome.out);
  CHECK(summary.at("links") == links);
  CHECK(summary.at("failed_runs").empty());
  CHECK(summary.at("runs").size() == 3);
  for (const json& one : summary.at("runs")) {
    INFO(one.at("mechanism").dump());
    std::int64_t quickest = INT64_MAX;
    std::int64_t expected = 0;
    std::int64_t messages = 0;
    CHECK(one.at("handovers").size() >= 4);  // those that the machine disturbs are made again
    for (const json& card : one.at("handovers")) {
      CHECK(card.at("outcome") == "complete");
      quickest = std::min(quickest, card.at("completion_ns").get<std::int64_t>());
      expected = card.at("expected_completion_ns").get<std::int64_t>();
      messages = card.at("messages").get<std::int64_t>();
    }
    // A user has no real-time priority: what is late is the machine's doing, which has to wake up for each message, and
    // the best of them is the program's.
    CHECK(quickest >= expected);
    CHECK(quickest <= expected + expected / 100 + 1'000'000 + messages * 500'000);
    CHECK(one.at("netlink").at("errors") == 0);
  }
}

void go_through_the_verbs(const User& user, const char* links) {
  LabUp lab(lab_folder("prompt"));
  CHECK(has(lab.said(), lab.name() + " is up: 7 nodes"));
  CHECK(has(run_segue({"ps"}).out, fmt::format("{} (prompt, links by {})", lab.name(), links)));

  // Inside he is who he is, and may do there what root may.
  CHECK(run(lab.inside("mn", {"id", "-u"})).out == fmt::format("{}\n", User::number));
  CHECK(run(lab.inside("mn", {"sh", "-c", "exit 7"})).exit_code == 7);
  CHECK(run(lab.inside("mn", {"ls", "/sys/class/net"})).out == "ar1\nar2\nlo\n");
  CHECK(run(lab.inside("mn", {"ip", "link", "set", "lo", "mtu", "1400"})).exit_code == 0);
  CHECK(ping_of(run(lab.inside("mn", {"ping", "-n", "-c", "2", "-i", "0.2", "cn"})).out).received == 2);
  const Outcome shell = run({"sh", "-c",
                             fmt::format("echo 'ls /sys/class/net; exit 5' | SHELL=/bin/sh {} shell --lab {} ar1",
                                         segue_with({}).front(), lab.name())});
  CHECK(shell.exit_code == 5);
  CHECK(has(shell.out, "map"));

  CHECK(lab.ask({"link", "map-ar1", "--delay", "20ms", "--loss", "0%"}).exit_code == 0);
  CHECK(has(lab.ask({"link", "map-ar1"}).out, "20ms"));
  const Outcome handover = lab.ask({"handover", "--json"});
  CHECK(handover.exit_code == 0);
  CHECK(json::parse(handover.out).at("outcome") == "complete");
  // A step that runs a command of the user's own: in a PID namespace, which takes the privilege too.
  const Outcome by_command = lab.ask({"handover", "--mechanism", "prompt-scheduled-ip-route", "--json"});
  INFO(by_command.err);
  CHECK(by_command.exit_code == 0);
  CHECK(json::parse(by_command.out).at("outcome") == "complete");

  const auto file = user.home() / "map.pcap";
  Process capture(segue_with({"capture", "--lab", lab.name(), "map:ar1", "-w", file}));
  capture.await_line(Process::Stream::err, "listening on ar1");
  CHECK(ping_of(run(lab.inside("ar1", {"ping", "-n", "-c", "3", "-i", "0.2", "map"})).out).received == 3);
  const auto recorded = [&] { return std::filesystem::exists(file) && std::filesystem::file_size(file) > 6 * 100; };
  CHECK(eventually(recorded, std::chrono::seconds(5)));
  capture.send(SIGINT);
  CHECK(capture.wait().exit_code == 0);

  CHECK(lab.down().exit_code == 0);
  CHECK(eventually([] { return reap(), descendants(::getpid()).empty(); }, std::chrono::seconds(1)));
}

// Somebody else's socket, under a name that a lab of this user would have.
Fd impostor(unsigned user, const std::string& name) {
  Fd fd(check(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), "open a socket"));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = fmt::format("segue/{}/{}", user, name);
  text.copy(address.sun_path + 1, sizeof address.sun_path - 1);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), length), "take a lab's name");
  check(::listen(fd.get(), 4), "listen");
  return fd;
}

}  // namespace

TEST_CASE("a user sees the paper's table over packet sockets, and over TAPs once he may open them") {
  const Scratch scratch;
  User user(scratch.path());
  see_the_table(user, over_packet_sockets);
  user.may_open_tun(true);
  see_the_table(user, over_taps);
}

TEST_CASE("a user's lab from its beginning to its end, over packet sockets and over TAPs, leaves the host as it was") {
  const Scratch scratch;
  User user(scratch.path());
  const HostState before = host_state();
  go_through_the_verbs(user, over_packet_sockets);
  user.may_open_tun(true);
  go_through_the_verbs(user, over_taps);
  CHECK(difference(before, host_state()) == "");
}

TEST_CASE("what a user chooses for his links is what he gets") {
  const Scratch scratch;
  User user(scratch.path());
  const Outcome refused = run_segue({"up", lab_folder("prompt").string(), "--links", "wire-tap"});
  CHECK(refused.exit_code == 3);
  CHECK(has(refused.err, "open /dev/net/tun: Permission denied"));
  user.may_open_tun(true);
  const LabUp lab(lab_folder("prompt"), {"--links", "wire-packet"});
  CHECK(has(run_segue({"ps"}).out, over_packet_sockets));
}

TEST_CASE("a user's doctor says what his labs will be made of") {
  const Scratch scratch;
  User user(scratch.path());
  const Outcome doctor = run_segue({"doctor"});
  CHECK(doctor.exit_code == 0);
  CHECK(has(doctor.out, "can be made, in a user namespace"));
  CHECK(has(doctor.out, "open /dev/net/tun: Permission denied"));
  CHECK(has(doctor.out, "links that run takes   wire-packet"));
  user.may_open_tun(true);
  CHECK(has(run_segue({"doctor"}).out, "links that run takes   wire-tap"));
}

TEST_CASE("others' labs are neither seen nor touched") {
  LabUp roots(lab_folder("campus"));
  const Scratch scratch;
  {
    const User user(scratch.path());
    CHECK(run_segue({"ps"}).out == "no lab is up\n");
    for (const Command& words :
         {Command{"down", roots.name()}, Command{"exec", "--lab", roots.name(), "r1", "--", "true"}}) {
      const Outcome outcome = run_segue(words);
      CHECK(outcome.exit_code == 2);
      CHECK(has(outcome.err, "none is"));
    }
    // The name is free to him; and whoever takes a name of his is not taken for his lab.
    LabUp his(lab_folder("campus"));
    CHECK(his.name() == roots.name());
    const Fd ghost = impostor(User::number, "ghost");
    CHECK_FALSE(has(run_segue({"ps"}).out, "ghost"));
    CHECK(has(run_segue({"down", "ghost"}).err, "no lab named \"ghost\" is up"));
    CHECK(his.down().exit_code == 0);
  }
  CHECK(roots.down().exit_code == 0);
}
