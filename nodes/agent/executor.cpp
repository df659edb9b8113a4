#include "nodes/agent/executor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/process.hpp>
#include <boost/process/extend.hpp>
#include <cerrno>

#include "nodes/base/error.hpp"

namespace segue::agent {

namespace {

namespace bp = boost::process;

std::string last_words(int fd) {
  constexpr off_t limit = 300;
  const off_t size = ::lseek(fd, 0, SEEK_END);
  const off_t from = size > limit ? size - limit : 0;
  std::string text(static_cast<std::size_t>(size - from), '\0');
  const ssize_t read = ::pread(fd, text.data(), text.size(), from);
  text.resize(read > 0 ? static_cast<std::size_t>(read) : 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string verdict(const std::string& command, const siginfo_t& info, int output) {
  if (info.si_code == CLD_EXITED && info.si_status == 0) return {};
  const auto how = info.si_code == CLD_EXITED ? fmt::format("exit status {}", info.si_status)
                                              : fmt::format("ended by signal {}", info.si_status);
  const auto words = last_words(output);
  return fmt::format("execute \"{}\": {}{}{}", command, how, words.empty() ? "" : ": ", words);
}

// Lives until the other end of `lifeline` is closed, which the kernel does when the agent ends, however it ends.
[[noreturn]] void be_init(int lifeline) {
  ::signal(SIGCHLD, SIG_IGN);  // orphans are reaped by the kernel
  ::dup2(lifeline, STDIN_FILENO);
  ::syscall(SYS_close_range, 1U, ~0U, 0U);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR) {
  }
  ::_exit(0);
}

}  // namespace

void contain_children() {
  static bool contained = false;
  if (contained) return;
  check(::unshare(CLONE_NEWPID), "create a PID namespace for a node's commands");
  std::array<int, 2> lifeline{};
  check(::pipe2(lifeline.data(), O_CLOEXEC), "create a pipe");
  if (check(::fork(), "start the init of a node's PID namespace") == 0) be_init(lifeline[0]);
  ::close(lifeline[0]);  // lifeline[1] stays open as long as this process lives
  contained = true;
}

Executor::~Executor() {
  for (auto& [key, running] : running_) {
    loop_.remove(key);
    ::syscall(SYS_pidfd_send_signal, key, SIGKILL, nullptr, 0U);
    ::waitpid(running.pid, nullptr, 0);
  }
}

void Executor::run(const std::string& command, std::function<void(const std::string&)> ended) {
  contain_children();
  Running running{.command = command, .process = Fd(), .output = Fd(), .ended = std::move(ended)};
  running.output.reset(check(::memfd_create("output", MFD_CLOEXEC), "keep a command's output"));
  const int output = running.output.get();
  std::error_code error;
  bp::child child(
      bp::exe = "/bin/sh", bp::args = {"-c", command}, bp::std_in < bp::null, error,
      bp::extend::on_exec_setup = [output](auto&) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(output, STDOUT_FILENO);
        ::dup2(output, STDERR_FILENO);
      });
  if (error) throw Error(fmt::format("execute \"{}\": {}", command, error.message()));
  running.pid = child.id();
  child.detach();  // waited for below, once its pidfd says that it has ended
  running.process.reset(static_cast<int>(check(::syscall(SYS_pidfd_open, running.pid, 0U), "watch a command")));
  const int key = running.process.get();
  running_.emplace(key, std::move(running));
  loop_.on_readable(key, [this, key] { collect(key); });
}

void Executor::collect(int key) {
  loop_.remove(key);
  const auto node = running_.extract(key);
  const Running& running = node.mapped();
  siginfo_t info{};
  check(::waitid(P_PIDFD, static_cast<id_t>(key), &info, WEXITED), "wait for a command");
  running.ended(verdict(running.command, info, running.output.get()));
}

}  // namespace segue::agent
