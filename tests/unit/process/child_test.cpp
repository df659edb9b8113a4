#include "nodes/process/child.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <thread>

#include "nodes/base/error.hpp"
#include "nodes/base/pipe.hpp"
#include "nodes/base/signals.hpp"
#include "nodes/process/run.hpp"

using namespace segue;
using namespace segue::process;

namespace {

Program shell(const std::string& script) { return {.path = "/bin/sh", .arguments = {"-c", script}}; }

std::string said_by(const Program& program) {
  const Outcome outcome = run(program);
  CHECK(outcome.status.success());
  return outcome.output;
}

std::string said_by(const std::string& script) { return said_by(shell(script)); }

std::string failure_of(const Program& program) {
  try {
    const Child child(program);
  } catch (const MachineError& error) {
    return error.what();
  }
  return "";
}

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) == 0 || errno != ECHILD; }

// Without end, should nothing end it.
Program waiting(const Pipe& pipe) { return {.path = "/bin/cat", .input = pipe.read.get(), .output = nothing}; }

}  // namespace

TEST_CASE("a program gets its arguments, its environment, its folder and its streams") {
  CHECK(said_by({.path = "/bin/echo", .arguments = {"two words", "$HOME"}}) == "two words $HOME\n");
  Program pwd = shell("echo $PWD; echo $ONLY; echo $PATH");
  pwd.environment = Environment{{"ONLY", "this"}, {"PATH", "/nowhere"}};
  pwd.folder = "/usr/bin";
  CHECK(said_by(pwd) == "/usr/bin\nthis\n/nowhere\n");
  Program more = shell("echo $HOME$ADDED");
  more.environment = environment_with({{"ADDED", "more"}, {"HOME", "here-"}});
  CHECK(said_by(more) == "here-more\n");
  Program both = shell("echo out; echo err >&2");
  both.errors = as_output;
  CHECK(said_by(both) == "out\nerr\n");
  CHECK(said_by("cat; readlink /proc/self/fd/0") == "/dev/null\n");
}

TEST_CASE("a program does not inherit what its parent has blocked") {
  const WatchedSignals watched{SIGINT, SIGTERM, SIGCHLD};
  CHECK(said_by("grep SigBlk /proc/self/status") == "SigBlk:\t0000000000000000\n");
  CHECK(said_by("tail -f /dev/null & kill $!; wait $!; echo $?") == "143\n");
}

TEST_CASE("a program gets the descriptors that are named, under their numbers, and no other") {
  const Pipe named = make_pipe();
  const int stray = check(::dup(named.write.get()), "copy a descriptor");  // as a library would leave one about
  const auto look = [](int fd) { return fmt::format("[ -e /proc/self/fd/{0} ] && echo {0}", fd); };
  Program program = shell(look(stray) + ";" + look(named.read.get()) + ";" + look(named.write.get()) + "; true");
  CHECK(said_by(program).empty());
  program.inherit = {named.write.get()};
  CHECK(said_by(program) == fmt::format("{}\n", named.write.get()));
  CHECK(::fcntl(named.write.get(), F_GETFD) == FD_CLOEXEC);
  ::close(stray);
}

TEST_CASE("a program that cannot be started is named, with what could not be done, and leaves no process") {
  CHECK(failure_of({.path = "/nowhere/program"}) == "start /nowhere/program: No such file or directory");
  CHECK(failure_of({.path = "/etc/passwd"}) == "start /etc/passwd: Permission denied");
  Program lost = shell("true");
  lost.folder = "/nowhere";
  CHECK(failure_of(lost) == "start /bin/sh: enter its folder: No such file or directory");
  Program closed = shell("true");
  closed.inherit = {1'000'000};
  CHECK(failure_of(closed) == "start /bin/sh: keep its descriptors: Bad file descriptor");
  CHECK_FALSE(has_children());
}

TEST_CASE("how a program ended is told, exit status or signal") {
  CHECK(to_text(Child(shell("exit 7")).wait()) == "exit status 7");
  CHECK(to_text(Child(shell("kill -USR1 $$")).wait()) == fmt::format("ended by signal {}", SIGUSR1));
  CHECK(Child(shell("true")).wait().success());
  CHECK_FALSE(Child(shell("kill $$")).wait().success());
}

TEST_CASE("a child is watched, asked and signalled") {
  Pipe pipe = make_pipe();
  Child child(waiting(pipe));
  const Fd end = child.watch();
  pollfd look{end.get(), POLLIN, 0};
  CHECK(::poll(&look, 1, 0) == 0);
  CHECK_FALSE(child.ended());
  child.signal(SIGTERM);
  CHECK(::poll(&look, 1, -1) == 1);
  const auto status = child.ended();
  REQUIRE(status);
  CHECK(status->signal == SIGTERM);
  CHECK(child.pid() == -1);
}

TEST_CASE("a child ends with its object, unless it is let go") {
  const Pipe pipe = make_pipe();
  { const Child child(waiting(pipe)); }
  CHECK_FALSE(has_children());
  const int pid = Child(waiting(pipe)).release();
  CHECK(::waitpid(pid, nullptr, WNOHANG) == 0);
  ::kill(pid, SIGKILL);
  CHECK(::waitpid(pid, nullptr, 0) == pid);
}

TEST_CASE("a child dies with the thread that starts it, unless it is to outlive it") {
  const Pipe pipe = make_pipe();
  int dies = -1;
  int lives = -1;
  std::thread([&] {
    Program program = waiting(pipe);
    program.death_signal = 0;
    lives = Child(program).release();
    program.death_signal = SIGUSR1;
    dies = Child(program).release();
  }).join();
  int status = 0;
  CHECK(::waitpid(dies, &status, 0) == dies);
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1));
  CHECK(::waitpid(lives, &status, WNOHANG) == 0);
  ::kill(lives, SIGKILL);
  ::waitpid(lives, nullptr, 0);
}

TEST_CASE("a child is in the process group that was asked for") {
  const Pipe pipe = make_pipe();
  Program program = waiting(pipe);
  const Child beside(program);
  program.group = Group::own;
  const Child apart(program);
  program.group = Group::session;
  const Child away(program);
  CHECK(::getpgid(beside.pid()) == ::getpgrp());
  CHECK(::getpgid(apart.pid()) == apart.pid());
  CHECK(::getsid(apart.pid()) == ::getsid(0));
  CHECK(::getsid(away.pid()) == away.pid());
}

TEST_CASE("a program's system calls are filtered, and its addresses fixed") {
  Program program = shell("uname || echo refused; cat /proc/self/personality");
  program.errors = nothing;
  program.fixed_addresses = true;
  program.filter = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  CHECK(said_by(program) == "refused\n00040000\n");
}

TEST_CASE("programs are found on PATH, and what is missing names its package") {
  CHECK(find_program("sh").ends_with("/sh"));
  CHECK(find_program("no-such-program").empty());
  CHECK_THROWS_WITH_AS(require_program("no-such-program", "a-package"),
                       "no-such-program is not on PATH: apt-get install a-package", MachineError);
}
