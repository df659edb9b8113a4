#include "nodes/base/loop.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "nodes/base/error.hpp"

namespace segue {

namespace {

// Earliest first; of one instant, the one set first.
constexpr auto later = [](const auto& a, const auto& b) { return a.when != b.when ? a.when > b.when : a.id > b.id; };

// What epoll says with an event: the descriptor and which registration of it. A handler may close a descriptor, and the
// number may be another one's before the events of the same wakening have all been looked at.
std::uint64_t tag_of(int fd, std::uint32_t registration) {
  return (std::uint64_t{registration} << 32) | static_cast<std::uint32_t>(fd);
}

itimerspec setting_for(Instant when) {
  const auto ns = std::max<std::int64_t>(to_ns(when), 1);  // 0 would disarm
  return {.it_interval = {}, .it_value = {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000}};
}

}  // namespace

Loop::Loop()
    : epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "create an epoll instance")),
      timer_(check(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "create a timer")) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag_of(timer_.get(), 0);
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event), "watch a timer");
}

void Loop::on_readable(int fd, Handler handler) {
  const std::uint32_t registration = next_registration_++;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag_of(fd, registration);
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "watch a descriptor");
  readers_[fd] = {registration, std::make_shared<Handler>(std::move(handler))};
}

void Loop::remove(int fd) {
  if (readers_.erase(fd) > 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

Loop::TimerId Loop::at(Instant when, Handler handler) {
  const auto id = next_timer_++;
  timers_.emplace(id, std::move(handler));
  heap_.push_back({when, id});
  std::push_heap(heap_.begin(), heap_.end(), later);
  return TimerId{id};
}

void Loop::cancel(TimerId timer) { timers_.erase(static_cast<std::uint64_t>(timer)); }

bool Loop::fire_due_timers() {
  bool fired = false;
  while (!heap_.empty()) {
    const Timer first = heap_.front();
    const auto found = timers_.find(first.id);
    Instant present = now();
    if (found != timers_.end() && first.when > present + spin_) break;
    while (found != timers_.end() && present < first.when) present = now();
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
    if (found == timers_.end()) continue;  // cancelled
    const Handler handler = std::move(found->second);
    timers_.erase(found);
    handler();
    if (timer_observer_) timer_observer_({first.when, present, now()});
    fired = true;
  }
  return fired;
}

// Setting the timer also takes back an expiry that has not been looked at.
void Loop::arm(std::optional<Instant> when) {
  if (when == armed_) return;
  const itimerspec setting = when ? setting_for(*when) : itimerspec{};
  check(::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &setting, nullptr), "set a timer");
  armed_ = when;
}

bool Loop::turn(const Delay* limit) {
  if (fire_due_timers()) return true;
  std::optional<Instant> until;
  if (limit != nullptr) until = now() + *limit;
  if (!heap_.empty()) {
    const Instant wake = heap_.front().when - spin_;
    until = std::min(until.value_or(wake), wake);
  }
  arm(until);
  std::array<epoll_event, 32> events{};
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
  if (count < 0 && errno != EINTR) throw_errno("wait for events");
  bool happened = false;
  for (int i = 0; i < count; ++i) {
    const std::uint64_t tag = events[static_cast<std::size_t>(i)].data.u64;
    const int fd = static_cast<int>(tag & 0xffffffff);
    if (fd == timer_.get()) arm(std::nullopt);
    const auto found = readers_.find(fd);
    // Removed by a handler before it.
    if (found == readers_.end() || tag != tag_of(fd, found->second.registration)) continue;
    const std::shared_ptr<Handler> handler = found->second.handler;
    (*handler)();
    happened = true;
  }
  return fire_due_timers() || happened;
}

void Loop::run() {
  stopped_ = false;
  try {
    while (!stopped_) turn(nullptr);
  } catch (const Stopped&) {
    // From a handler that was waiting.
  }
}

bool Loop::run_once(Delay limit) {
  if (stopped_) throw Stopped();
  return turn(&limit);
}

void Loop::run_until(Instant when) {
  while (now() < when) run_once(when - now());
}

}  // namespace segue
