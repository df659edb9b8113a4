#include "orchestrator/guest/boot.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <map>
#include <memory>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/base/loop.hpp"
#include "nodes/base/signals.hpp"
#include "orchestrator/guest/guest_process.hpp"
#include "orchestrator/guest/orders.hpp"

namespace segue::guest {

namespace {

using namespace std::chrono_literals;

// How long a guest may take from the request to stop until it is killed.
constexpr Delay stop_grace = 5s;

class Runner {
 public:
  Runner(const std::vector<GuestOptions>& guests, std::size_t jobs, const OnLine& on_line)
      : guests_(guests), jobs_(jobs), on_line_(on_line), results_(guests.size()) {
    for (auto& result : results_) result.outcome = GuestOutcome::interrupted;
  }

  std::vector<GuestResult> run() {
    loop_.on_readable(signals_.fd(), [this] { stop(); });
    start_some();
    if (!running_.empty()) loop_.run();
    return std::move(results_);
  }

 private:
  void start_some() {
    while (!stopping_ && next_ < guests_.size() && running_.size() < jobs_) start(next_++);
    if (running_.empty()) loop_.stop();
  }

  void start(std::size_t index) {
    auto& guest = running_[index];
    guest = std::make_unique<GuestProcess>(guests_[index], [this, index](std::string_view line) {
      if (on_line_) on_line_(index, line);
    });
    loop_.on_readable(guest->console(), [this, index] { running_.at(index)->read_console(); });
    loop_.on_readable(guest->process(), [this, index] { collect(index); });
    watch(index);
  }

  // Looks again at the moment the limits would be passed; output since then has moved that moment.
  void watch(std::size_t index) {
    watches_[index] = loop_.at(running_.at(index)->give_up_at(), [this, index] {
      if (running_.at(index)->give_up_at() <= now())
        running_.at(index)->give_up();
      else
        watch(index);
    });
  }

  void collect(std::size_t index) {
    auto& guest = running_.at(index);
    loop_.cancel(watches_.at(index));
    loop_.remove(guest->console());
    loop_.remove(guest->process());
    results_[index] = guest->finish();
    if (stopping_) results_[index].outcome = GuestOutcome::interrupted;
    running_.erase(index);
    start_some();
  }

  void stop() {
    signals_.take();
    if (std::exchange(stopping_, true)) {  // asked twice: at once
      kill_all();
      return;
    }
    for (auto& [index, guest] : running_) guest->ask_to_stop();
    loop_.after(stop_grace, [this] { kill_all(); });
  }

  void kill_all() {
    for (auto& [index, guest] : running_) guest->kill(GuestOutcome::interrupted);
  }

  const std::vector<GuestOptions>& guests_;
  const std::size_t jobs_;
  const OnLine& on_line_;
  std::vector<GuestResult> results_;
  WatchedSignals signals_{SIGINT, SIGTERM};
  Loop loop_;
  std::map<std::size_t, std::unique_ptr<GuestProcess>> running_;
  std::map<std::size_t, Loop::TimerId> watches_;
  std::size_t next_ = 0;
  bool stopping_ = false;
};

}  // namespace

const char* to_text(GuestOutcome outcome) {
  switch (outcome) {
    case GuestOutcome::finished:
      return "finished";
    case GuestOutcome::panicked:
      return "panicked";
    case GuestOutcome::hung:
      return "hung";
    case GuestOutcome::timed_out:
      return "timed out";
    case GuestOutcome::interrupted:
      return "interrupted";
  }
  std::abort();
}

std::uint64_t memory_bytes(const std::string& memory) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(memory.data(), memory.data() + memory.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(memory.data() + memory.size() - end));
  constexpr std::uint64_t mebibyte = 1 << 20;
  // Below, the kernel has no room to boot; above, its page tables end.
  if (error == std::errc{} && number < 64 * 1024 && (unit == "M" || unit == "G")) {
    const std::uint64_t bytes = number * mebibyte * (unit == "G" ? 1024 : 1);
    if (bytes >= 32 * mebibyte && bytes <= 64 * 1024 * mebibyte) return bytes;
  }
  throw InputError(fmt::format("guest memory \"{}\": not a size from 32M to 64G (M, G)", memory));
}

std::vector<std::string> kernel_arguments(const GuestOptions& options) {
  // The kernel stirs this line into its random pool, so nothing may stand here that differs between two users or two
  // runs. What does is reached through the folder the kernel's process runs in; hostfs follows the host's /proc to it.
  std::vector<std::string> words{
      "root=/dev/root",
      "rootfstype=hostfs",
      "rootflags=/",
      "ro",
      fmt::format("mem={}M", memory_bytes(options.memory) >> 20),
      "con=null",
      "con0=fd:0,fd:1",
      "quiet",
      "panic=-1",
      "norandmaps",
      // It measures the jitter of a clock that has none in virtual time, and would try for ever.
      "initcall_blacklist=jent_mod_init",
      // Devices nobody asked for, in every namespace.
      "fb_tunnels=none",
      "dummy.numdummies=0",
      "ifb.numifbs=0",
      "uml_dir=./",
      fmt::format("init=/proc/self/cwd/{}", init_name),
      fmt::format("{}=/proc/self/cwd/{}", orders_variable, orders_name),
  };
  if (options.virtual_time) {
    words.emplace_back("time-travel=inf-cpu");
    // Nanoseconds since 1970; else it would be the host's time. The date that programs see is set by init.
    words.emplace_back("time-travel-start=1000000000");
  }
  return words;
}

std::vector<GuestResult> run_guests(const std::vector<GuestOptions>& guests, int jobs, const OnLine& on_line) {
  return Runner(guests, static_cast<std::size_t>(std::max(jobs, 1)), on_line).run();
}

GuestResult run_guest(const GuestOptions& options, const std::function<void(std::string_view line)>& on_line) {
  return run_guests({options}, 1,
                    [&](std::size_t, std::string_view line) {
                      if (on_line) on_line(line);
                    })
      .front();
}

}  // namespace segue::guest
