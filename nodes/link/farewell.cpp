#include "nodes/link/farewell.hpp"

#include <sched.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>

namespace segue::link {

namespace {
constexpr std::size_t most_threads = 256;
}

void close_together(std::vector<Fd> taps) {
  // Neither are the threads in a hurry, nor is memory to be locked for their stacks.
  const sched_param idle{};
  ::sched_setscheduler(0, SCHED_OTHER, &idle);
  ::munlockall();
  std::atomic<std::size_t> next{0};
  const auto close_some = [&] {
    for (std::size_t i = next++; i < taps.size(); i = next++) taps[i].reset();
  };
  std::vector<std::jthread> helpers;
  try {
    while (helpers.size() + 1 < std::min(taps.size(), most_threads)) helpers.emplace_back(close_some);
  } catch (const std::system_error&) {
    // As many as may be had.
  }
  close_some();
}

}  // namespace segue::link
