// A machine that stalls, for tests: keeps every core from all that is on it for 10 ms every 2 s, as a hypervisor does.
//
//   staller [--stall MS] [--every MS] [--apart] [--for S]
//
// A thread on each core, of the highest real-time priority, spins; all cores at once, or --apart one after another,
// evenly spread. What nothing can get round is the first; the second is what the scheduler can move work away from.
// Each stall is a line, written after it: "core begin_ns end_ns", of CLOCK_MONOTONIC. Ends with its parent, with
// SIGTERM, or after --for. Exit code 77: this machine does not grant the priority.
// 10 ms in 2 s is far below what real-time threads may take of a core (sched_rt_runtime_us: 0.95 s of each second).
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

struct Arguments {
  milliseconds stall{10};
  milliseconds every{2000};
  milliseconds length{0};  // 0: no end
  bool apart = false;
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const auto value = [&] { return i + 1 < argc ? std::atol(argv[++i]) : 0; };
    if (option == "--apart")
      arguments.apart = true;
    else if (option == "--stall")
      arguments.stall = milliseconds(value());
    else if (option == "--every")
      arguments.every = milliseconds(value());
    else if (option == "--for")
      arguments.length = milliseconds(1000 * value());
    else
      std::exit(2);
  }
  if (arguments.stall <= milliseconds(0) || arguments.every <= arguments.stall) std::exit(2);
  return arguments;
}

// To this core, above everything.
bool pin(unsigned core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  const sched_param highest{.sched_priority = sched_get_priority_max(SCHED_FIFO)};
  return ::sched_setaffinity(0, sizeof cores, &cores) == 0 && ::sched_setscheduler(0, SCHED_FIFO, &highest) == 0;
}

std::int64_t ns(Clock::time_point when) { return nanoseconds(when.time_since_epoch()).count(); }

void stall_core(unsigned core, Clock::time_point first, const Arguments& arguments) {
  if (!pin(core)) std::_Exit(77);
  const auto end = first + arguments.length;
  for (auto at = first; arguments.length == milliseconds(0) || at < end; at += arguments.every) {
    const timespec when{ns(at) / 1'000'000'000, ns(at) % 1'000'000'000};
    while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, nullptr) == EINTR) continue;
    const auto begin = Clock::now();
    while (Clock::now() < begin + arguments.stall) continue;
    const auto over = Clock::now();
    static std::mutex output;
    const std::lock_guard lock(output);
    std::printf("%u %" PRId64 " %" PRId64 "\n", core, ns(begin), ns(over));
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  const pid_t parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) return 0;
  ::fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 1 << 20);  // a reader that reads at the end only does not keep it from stalling
  const unsigned cores = std::thread::hardware_concurrency();
  const auto first = Clock::now() + milliseconds(100);
  std::vector<std::thread> threads;
  for (unsigned core = 0; core < cores; ++core) {
    const auto share = arguments.apart ? arguments.every * core / cores : milliseconds(0);
    threads.emplace_back(stall_core, core, first + share, arguments);
  }
  for (auto& thread : threads) thread.join();
  return 0;
}
