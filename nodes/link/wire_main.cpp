// segue-wire: the user-space link engine as a process. See wire_client.hpp for its arguments and its life.
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string_view>
#include <thread>

#include "nodes/base/error.hpp"
#include "nodes/link/wire.hpp"
#include "nodes/link/wire_protocol.hpp"

namespace {

using namespace segue;

struct Arguments {
  int control = -1;
  std::optional<pid_t> parent;
  // On one core a spin would only keep the sender from sending.
  Delay spin = std::thread::hardware_concurrency() > 1 ? Delay{60'000} : Delay{0};
};

std::int64_t number(std::string_view option, std::string_view text, std::int64_t largest) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > largest) {
    throw InputError(fmt::format("{} \"{}\": not a number from 0 to {}", option, text, largest));
  }
  return value;
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view option = argv[i];
    if (i + 1 == argc) throw InputError(fmt::format("{} needs a value", option));
    if (option == "--control") {
      arguments.control = static_cast<int>(number(option, argv[i + 1], 1 << 20));
    } else if (option == "--parent") {
      arguments.parent = static_cast<pid_t>(number(option, argv[i + 1], 1 << 30));
    } else if (option == "--spin") {
      arguments.spin = Delay{number(option, argv[i + 1], link::longest_spin.count())};
    } else {
      throw InputError(fmt::format("unknown option {}", option));
    }
  }
  if (arguments.control < 0) throw InputError("--control FD is missing: segue-wire is started by segue");
  return arguments;
}

// The end of the parent is the end of the control socket, and this process ends by that: killed, it would take the
// kernel's time to close its TAPs one by one (farewell.hpp). One that was stopped has to go on to see it.
void live_by_the_control_socket() { check(::prctl(PR_SET_PDEATHSIG, SIGCONT), "not be killed with the parent"); }

// The parent may have died before this process was itself.
bool orphaned(const std::optional<pid_t>& parent) { return parent && ::getppid() != *parent; }

// On fault: the pools grow in large chunks, of which little may ever be used. But with a limit on locked memory (a
// user's is a few megabytes) the kernel counts the chunks whole, and would refuse them one day.
bool lock_memory() {
  if (::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) return false;
  void* room = ::mmap(nullptr, link::most_memory, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) {
    ::munlockall();
    return false;
  }
  ::munmap(room, link::most_memory);
  return true;
}

// Each is worth having and none is needed: what was had is reported.
link::WireStatus take_priority() {
  link::WireStatus status;
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  sched_param parameters{};
  parameters.sched_priority = 10;
  status.realtime = ::sched_setscheduler(0, SCHED_FIFO, &parameters) == 0;
  status.memory_locked = lock_memory();
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Arguments arguments = parse(argc, argv);
    live_by_the_control_socket();
    if (orphaned(arguments.parent)) return 0;
    // Ctrl-C goes to the whole foreground group; when to end is the orchestrator's decision.
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
    check(::fcntl(arguments.control, F_SETFD, FD_CLOEXEC), "use the control socket");
    link::WireStatus status = take_priority();
    status.spin = arguments.spin;
    link::Wire(Fd(arguments.control), status).run();
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "segue-wire: %s\n", error.what());  // fmt::print would throw if it is closed
    return error.exit_code();
  }
}
