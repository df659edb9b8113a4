// segue-node --control FD --node NUMBER: the agent. Started by the orchestrator inside the node's namespace.
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <thread>

#include "nodes/agent/agent.hpp"
#include "nodes/base/error.hpp"

namespace {

constexpr segue::Delay spin{60'000};  // what waking up takes at worst on an idle machine

std::optional<int> option(int argc, char** argv, std::string_view name) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] == name) return std::atoi(argv[i + 1]);
  }
  return std::nullopt;
}

// Timers fire when they are due, and before anything that is in no hurry. What this process starts is in no hurry.
void be_punctual() {
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  const sched_param urgent{.sched_priority = 5};                       // below the link engine
  ::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &urgent);  // without the privilege it stays as it is
}

}  // namespace

int main(int argc, char** argv) {
  const auto control = option(argc, argv, "--control");
  const auto node = option(argc, argv, "--node");
  if (!control || !node) {
    std::fputs("segue-node is started by segue: --control FD --node NUMBER\n", stderr);
    return 2;
  }
  try {
    be_punctual();
    segue::agent::Agent agent{segue::Fd(*control), static_cast<std::uint32_t>(*node)};
    if (std::thread::hardware_concurrency() > 1) agent.set_spin(spin);
    agent.run();
    return 0;
  } catch (const segue::Error& error) {
    std::fputs(fmt::format("segue-node {}: {}\n", *node, error.what()).c_str(), stderr);
    return error.exit_code();
  }
}
