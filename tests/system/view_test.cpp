// What a user sees of a lab that is up, on a terminal and elsewhere.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/system/lab_up.hpp"
#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/unit/view/pseudo_terminal.hpp"

using namespace segue;
using namespace segue::test;

namespace {

constexpr std::string_view begins = "\x1b[?1049h";  // the other screen of an xterm, and back
constexpr std::string_view ends = "\x1b[?1049l";

// A program whose terminal this is: of a session of its own, as a shell's job has one. Standard output and error are
// the terminal where asked for, and else what Process reads.
Process on_terminal(const PseudoTerminal& terminal, const Command& command, bool out = true, bool err = true) {
  return Process(command, {.in_child = [&terminal, out, err] {
                   if (::setsid() < 0) ::_exit(126);
                   const int fd = ::open(terminal.name().c_str(), O_RDWR);  // becomes the session's
                   if (fd < 0 || ::dup2(fd, 0) < 0) ::_exit(126);
                   if (out) ::dup2(fd, 1);
                   if (err) ::dup2(fd, 2);
                   if (fd > 2) ::close(fd);
                   ::setenv("TERM", "xterm-256color", 1);
                   ::setenv("LC_ALL", "C.UTF-8", 1);
                 }});
}

bool is_as_before(PseudoTerminal& terminal, const termios& before) {
  const auto& said = terminal.said();
  return terminal.await(ends) && said.rfind(ends) > said.rfind(begins) &&
         terminal.settings().c_lflag == before.c_lflag && terminal.settings().c_oflag == before.c_oflag;
}

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size())) ++count;
  return count;
}

// `segue WORDS…` with a variable set.
Command in_environment(const std::string& setting, const Command& words) {
  Command command = segue_with(words);
  command.insert(command.begin(), {"env", setting});
  return command;
}

std::string said_by_up(const std::string& locale) {
  const std::string name = "test-up-" + std::to_string(::getpid());
  PseudoTerminal terminal(100, 30);
  Process up = on_terminal(terminal, in_environment("LC_ALL=" + locale, {"up", lab_folder("prompt"), "--name", name,
                                                                         "--metrics", "127.0.0.1:0"}));
  CHECK(up.wait().exit_code == 0);
  CHECK(terminal.await("mn"));  // the end of the drawing
  CHECK(run_segue({"down", name}).exit_code == 0);
  reap();
  return terminal.said();
}

}  // namespace

TEST_CASE("up on a terminal says where to look and draws the lab, and returns") {
  const std::string said = said_by_up("C.UTF-8");
  CHECK(said.find("segue down test-up") != std::string::npos);
  CHECK(said.find("│ map │") != std::string::npos);
  CHECK(said.find("┸") != std::string::npos);  // the mobile, where it is attached
  CHECK(said.find('\x1b') == std::string::npos);
}

TEST_CASE("what up draws is ASCII where the user's locale has nothing else") {
  const std::string said = said_by_up("C");
  CHECK(said.find("| map |") != std::string::npos);
  CHECK(std::all_of(said.begin(), said.end(), [](char one) { return static_cast<unsigned char>(one) < 128; }));
}

TEST_CASE("watch --once prints the picture of a lab and returns") {
  const LabUp lab(lab_folder("prompt"));
  const Outcome moved = lab.ask({"handover", "--mechanism", "prompt-scheduled"});
  REQUIRE(moved.exit_code == 0);
  const Outcome outcome = run_segue({"watch", "--once", lab.name()});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit_code == 0);
  for (const char* part : {"│ map │", "│ ar2 │", "│ mn │", "10ms", "prompt-scheduled", "ar1 → ar2", " ms"}) {
    CAPTURE(part);
    CHECK(outcome.out.find(part) != std::string::npos);
  }
  CHECK(outcome.out.find('\x1b') == std::string::npos);
}

TEST_CASE("watch on a terminal shows handovers as they happen, until q") {
  const LabUp lab(lab_folder("prompt"));
  PseudoTerminal terminal(100, 30);
  const auto before = terminal.settings();
  Process watch = on_terminal(terminal, segue_with({"watch", lab.name()}));
  CHECK(terminal.await(begins));
  CHECK(terminal.await("Topology"));
  CHECK(terminal.await("home"));
  REQUIRE(lab.ask({"handover", "--mechanism", "prompt-unscheduled"}).exit_code == 0);
  CHECK(terminal.await("prompt-unscheduled"));
  terminal.resize(60, 20);
  watch.send(SIGWINCH);
  terminal.type("q");
  CHECK(watch.wait(std::chrono::seconds(10)).exit_code == 0);
  CHECK(is_as_before(terminal, before));
  CHECK(run_segue({"ps", lab.name()}).exit_code == 0);  // still up
}

TEST_CASE("watch leaves the terminal as it was on Ctrl-C, on a signal, and when the lab goes") {
  LabUp lab(lab_folder("prompt"));
  for (const char* way : {"Ctrl-C", "SIGTERM", "SIGINT", "down"}) {
    CAPTURE(way);
    PseudoTerminal terminal(100, 30);
    const auto before = terminal.settings();
    Process watch = on_terminal(terminal, segue_with({"watch", lab.name()}));
    REQUIRE(terminal.await("Topology"));
    const std::string how = way;
    if (how == "Ctrl-C") terminal.type("\x03");
    if (how == "SIGTERM") watch.send(SIGTERM);
    if (how == "SIGINT") watch.send(SIGINT);
    if (how == "down") REQUIRE(lab.down().exit_code == 0);
    CHECK(watch.wait(std::chrono::seconds(10)).exit_code == 0);
    CHECK(is_as_before(terminal, before));
    if (how == "down") CHECK(terminal.await("is down"));
  }
}

TEST_CASE("watch into a file is a line for every handover, until the lab goes") {
  LabUp lab(lab_folder("prompt"));
  Process watch(segue_with({"watch", lab.name()}));
  // The first look at the lab is over when a handover that came after it is told of.
  std::string line;
  for (int tries = 0; line.empty() && tries < 20; ++tries) {
    REQUIRE(lab.ask({"handover", "--mechanism", "prompt-scheduled"}).exit_code == 0);
    try {
      line = watch.await_line(Process::Stream::out, "prompt-scheduled: mn from ", std::chrono::seconds(2));
    } catch (const Error&) {
      // It was there already when the watch began.
    }
  }
  INFO(line);
  CHECK(line.find(" ms (") != std::string::npos);
  CHECK(line.find(" expected), lost ") != std::string::npos);
  REQUIRE(lab.down().exit_code == 0);
  const Outcome outcome = watch.wait(std::chrono::seconds(10));
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.find('\x1b') == std::string::npos);
  CHECK(outcome.err.find("is down") != std::string::npos);
}

TEST_CASE("watch says when no such lab is up") {
  const Outcome outcome = run_segue({"watch", "nobody-has-this"});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("no lab named \"nobody-has-this\" is up") != std::string::npos);
}

TEST_CASE("a run on a terminal is a view, and what it says afterwards is whole") {
  const Scratch scratch;
  PseudoTerminal terminal(100, 30);
  const auto before = terminal.settings();
  Process run = on_terminal(terminal, segue_with({"run", lab_folder("prompt"), "--mechanism", "prompt-scheduled",
                                                  "--probe", "voip", "--handovers", "2", "--interval", "2s",
                                                  "--metrics", "127.0.0.1:0", "--out", scratch.path() / "out"}));
  REQUIRE(terminal.await("Runs"));
  CHECK(terminal.await("Topology"));
  CHECK(run.wait().exit_code == 0);
  CHECK(is_as_before(terminal, before));
  CHECK(terminal.await("results in "));
  const auto& said = terminal.said();
  const std::string after = said.substr(said.rfind(ends));
  CHECK(count_of(after, "prompt-scheduled, voip: 2 clean of ") == 1);
  CHECK(after.find("completion") != std::string::npos);  // the table
}

TEST_CASE("Ctrl-C at the view of a run ends it and keeps what was measured") {
  const Scratch scratch;
  const auto out = scratch.path() / "out";
  PseudoTerminal terminal(100, 30);
  const auto before = terminal.settings();
  Process run = on_terminal(
      terminal, segue_with({"run", lab_folder("prompt"), "--mechanism", "prompt-scheduled", "--probe", "voip",
                            "--handovers", "50", "--interval", "2s", "--metrics", "127.0.0.1:0", "--out", out}));
  REQUIRE(terminal.await("voip  ar1 → ar2"));  // the first one; of a count only the digit that changes is written
  terminal.type("\x03");
  CHECK(terminal.await("ending"));
  CHECK(run.wait(std::chrono::seconds(20)).exit_code == 1);
  CHECK(is_as_before(terminal, before));
  CHECK(std::filesystem::exists(out / "summary.json"));
  CHECK(eventually([] { return descendants(::getpid()).empty(); }, std::chrono::seconds(1)));
}

TEST_CASE("a second Ctrl-C at the view of a run ends it at once, and the terminal is as it was") {
  const Scratch scratch;
  PseudoTerminal terminal(100, 30);
  const auto before = terminal.settings();
  Process run = on_terminal(terminal, segue_with({"run", lab_folder("prompt"), "--mechanism", "prompt-scheduled",
                                                  "--probe", "voip", "--handovers", "50", "--interval", "2s",
                                                  "--metrics", "127.0.0.1:0", "--out", scratch.path() / "out"}));
  REQUIRE(terminal.await("Topology"));
  terminal.type("\x03");
  REQUIRE(terminal.await("ending"));
  terminal.type("\x03");
  CHECK(run.wait(std::chrono::seconds(2)).exit_code == 128 + SIGINT);
  CHECK(is_as_before(terminal, before));
  CHECK(eventually([] { return descendants(::getpid()).empty(); }, std::chrono::seconds(1)));
}

TEST_CASE("a run whose summary goes into a file is a view on the terminal, and the file is whole") {
  const Scratch scratch;
  PseudoTerminal terminal(100, 30);
  const auto before = terminal.settings();
  Process run = on_terminal(
      terminal,
      segue_with({"run", lab_folder("prompt"), "--mechanism", "prompt-scheduled", "--probe", "voip", "--handovers", "1",
                  "--interval", "2s", "--metrics", "127.0.0.1:0", "--out", scratch.path() / "out", "--json"}),
      false);
  REQUIRE(terminal.await("Runs"));
  const Outcome outcome = run.wait();
  CHECK(outcome.exit_code == 0);
  CHECK(is_as_before(terminal, before));
  CHECK(nlohmann::json::parse(outcome.out).at("runs").size() == 1);
  const auto& said = terminal.said();
  CHECK(said.substr(said.rfind(ends)).find("handovers") == std::string::npos);  // nothing but the view was there
}

TEST_CASE("on a terminal without a cursor to place, a run has its one line") {
  const Scratch scratch;
  PseudoTerminal terminal(100, 30);
  const Command command = in_environment(
      "TERM=dumb", {"run", lab_folder("prompt"), "--mechanism", "prompt-scheduled", "--probe", "voip", "--handovers",
                    "1", "--interval", "2s", "--metrics", "127.0.0.1:0", "--out", scratch.path() / "out"});
  Process run = on_terminal(terminal, command);
  CHECK(run.wait().exit_code == 0);
  CHECK(terminal.await("[1/1]"));
  CHECK(terminal.said().find(begins) == std::string::npos);
}
