// segue-node --control FD: the agents of a lab, and the process that they are born of. Started by the orchestrator.
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "nodes/agent/agent.hpp"
#include "nodes/agent/nursery.hpp"
#include "nodes/base/error.hpp"

namespace {

constexpr segue::Delay spin{60'000};  // what waking up takes at worst on an idle machine

// Timers fire when they are due, and before anything that is in no hurry. What this process starts is in no hurry.
void be_punctual() {
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  const sched_param urgent{.sched_priority = 5};                       // below the link engine
  ::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &urgent);  // without the privilege it stays as it is
}

void serve(segue::protocol::Birth birth) {
  be_punctual();
  segue::agent::Agent agent{std::move(birth.control), birth.node};
  if (std::thread::hardware_concurrency() > 1) agent.set_spin(spin);
  agent.run();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || argv[1] != std::string_view("--control")) {
    std::fputs("segue-node is started by segue: --control FD\n", stderr);
    return 2;
  }
  std::string who = "segue-node";
  try {
    auto birth = segue::agent::tend(segue::Fd(std::atoi(argv[2])));
    if (!birth) return 0;
    who += fmt::format(" {}", birth->node);
    serve(std::move(*birth));
    return 0;
  } catch (const segue::Error& error) {
    std::fputs(fmt::format("{}: {}\n", who, error.what()).c_str(), stderr);
    return error.exit_code();
  }
}
