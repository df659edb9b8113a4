#include "nodes/agent/executor.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "nodes/base/error.hpp"
#include "nodes/base/pipe.hpp"

namespace segue::agent {

namespace {

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

std::string verdict(const std::string& command, const process::Status& status, int output) {
  if (status.success()) return {};
  const auto words = last_words(output);
  return fmt::format("execute \"{}\": {}{}{}", command, to_text(status), words.empty() ? "" : ": ", words);
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
  Pipe lifeline = make_pipe();
  if (check(::fork(), "start the init of a node's PID namespace") == 0) be_init(lifeline.read.get());
  lifeline.write.release();  // stays open as long as this process lives
  contained = true;
}

Executor::~Executor() {
  for (const auto& [key, running] : running_) loop_.remove(key);
}

std::uint64_t Executor::run(const std::string& command, std::function<void(const std::string&)> ended) {
  contain_children();
  Fd output(check(::memfd_create("output", MFD_CLOEXEC), "keep a command's output"));
  process::Child child({.path = "/bin/sh",
                        .arguments = {"-c", command},
                        .output = output.get(),
                        .errors = process::as_output,
                        .group = process::Group::own});
  Fd end = child.watch();
  const int key = end.get();
  const std::uint64_t number = next_++;
  running_.emplace(key,
                   Running{number, command, std::move(child), std::move(end), std::move(output), std::move(ended)});
  loop_.on_readable(key, [this, key] { collect(key); });
  return number;
}

void Executor::kill(std::uint64_t number) {
  for (const auto& [key, running] : running_) {
    if (running.number == number) ::kill(-running.child.pid(), SIGKILL);
  }
}

void Executor::collect(int key) {
  loop_.remove(key);
  auto node = running_.extract(key);
  Running& running = node.mapped();
  running.ended(verdict(running.command, running.child.wait(), running.output.get()));
}

}  // namespace segue::agent
