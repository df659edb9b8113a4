#include "tests/system/killing.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

namespace segue::test {

namespace {

constexpr Delay patience = std::chrono::seconds(1);

bool below_runs(const std::string& part) {
  const auto processes = descendants(::getpid());
  return std::any_of(processes.begin(), processes.end(),
                     [&](pid_t pid) { return command_line(pid).find(part) != std::string::npos; });
}

}  // namespace

std::string Killing::kill(const Command& command, Delay span, const Surroundings& surroundings) {
  Process program(command, surroundings);
  const Delay when = moment(span);
  program.ends_within(when);
  const auto namespaces = namespaces_below();
  labs_met_ += namespaces.empty() ? 0 : 1;
  guests_met_ += below_runs("rootfstype=hostfs") ? 1 : 0;
  const Instant killed = now();
  program.send(SIGKILL);
  program.wait();
  const auto text = left(namespaces, killed);
  return text.empty() ? text : fmt::format("after {} ms:\n{}", when.count() / 1'000'000, text);
}

std::string Killing::kill(pid_t process, Process& starter) {
  const auto namespaces = namespaces_below();
  labs_met_ += namespaces.empty() ? 0 : 1;
  const Instant killed = now();
  if (process != 0) ::kill(process, SIGKILL);
  starter.wait(std::chrono::seconds(10));
  return left(namespaces, killed);
}

std::string Killing::left(const std::set<ino_t>& namespaces, Instant killed) {
  std::string text;
  const auto nothing_left = [&] {
    reap();
    return descendants(::getpid()).empty() && held(namespaces).empty();
  };
  if (!eventually(nothing_left, patience)) {
    for (const pid_t pid : descendants(::getpid())) text += fmt::format("process {} {}\n", pid, command_line(pid));
    for (const ino_t inode : held(namespaces)) text += fmt::format("namespace {}\n", inode);
  }
  longest_ = std::max(longest_, now() - killed);
  return text + difference(before_, host_state());
}

std::string Killing::files() const {
  std::string text;
  for (const auto& file : places_.files()) {
    const auto name = file.string();
    if (name.rfind(scratch_.path().string(), 0) != 0) text += fmt::format("file {}\n", name);
  }
  return text;
}

pid_t keeper_of(const std::string& lab) {
  for (const pid_t pid : descendants(::getpid())) {
    const std::string line = command_line(pid);
    if (line.find(" keeper ") != std::string::npos && line.find(lab) != std::string::npos) return pid;
  }
  return 0;
}

std::set<ino_t> namespaces_below() {
  auto namespaces = namespaces_of(descendants(::getpid()));
  for (const ino_t ours : namespaces_of({::getpid()})) namespaces.erase(ours);
  return namespaces;
}

}  // namespace segue::test
