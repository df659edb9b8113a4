#include "nodes/agent/nursery.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/protocol/channel.hpp"
#include "nodes/protocol/control.hpp"

namespace segue::agent {

namespace {

// The libc knows no fork with these flags. What it would do besides is for processes with threads.
pid_t fork_sibling() { return static_cast<pid_t>(::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0)); }

void settle_in(const protocol::Birth& birth, pid_t orchestrator) {
  check(::prctl(PR_SET_PDEATHSIG, SIGKILL), "die with the orchestrator");
  if (::getppid() != orchestrator) ::_exit(127);  // it has died before
  check(::setns(birth.space.get(), CLONE_NEWNET), "enter the node's network namespace");
}

void tell_of(const Error& error, Fd control) {
  try {
    protocol::Channel(std::move(control)).send(protocol::encode(0, protocol::Failed{error.what(), error.exit_code()}));
  } catch (const Error&) {
    // Nobody waits for it any more.
  }
}

}  // namespace

std::optional<protocol::Birth> tend(Fd orchestrator) {
  const pid_t parent = ::getppid();
  while (auto birth = protocol::next_birth(orchestrator.get())) {
    pid_t child = -1;
    try {
      child = check(fork_sibling(), "start its agent");
      if (child > 0) continue;
      settle_in(*birth, parent);
      birth->space.reset();
      return birth;
    } catch (const Error& error) {
      tell_of(error, std::move(birth->control));
      if (child == 0) ::_exit(error.exit_code());
    }
  }
  return std::nullopt;
}

}  // namespace segue::agent
