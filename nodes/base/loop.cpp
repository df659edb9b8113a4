#include "nodes/base/loop.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "nodes/base/error.hpp"

namespace segue {

namespace {

// Earliest first; of one instant, the one set first.
constexpr auto later = [](const auto& a, const auto& b) {
  return a.when != b.when ? a.when > b.when : a.id > b.id;
};

timespec to_timespec(Delay delay) {
  const auto ns = std::max<std::int64_t>(delay.count(), 0);
  return {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
}

}  // namespace

Loop::Loop() : epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "create an epoll instance")) {}

void Loop::on_readable(int fd, Handler handler) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "watch a descriptor");
  readers_[fd] = std::make_shared<Handler>(std::move(handler));
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
    const Instant present = now();
    if (found != timers_.end() && first.when > present) break;
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
    if (found == timers_.end()) continue;  // cancelled
    const Handler handler = std::move(found->second);
    timers_.erase(found);
    if (lateness_) lateness_(present - first.when);
    handler();
    fired = true;
  }
  return fired;
}

bool Loop::turn(const Delay* limit) {
  if (fire_due_timers()) return true;
  timespec wait{};
  timespec* timeout = nullptr;
  if (!heap_.empty() || limit != nullptr) {
    Delay until = limit != nullptr ? *limit : Delay::max();
    if (!heap_.empty()) until = std::min<Delay>(until, heap_.front().when - now());
    wait = to_timespec(until);
    timeout = &wait;
  }
  std::array<epoll_event, 32> events{};
  const int count = ::epoll_pwait2(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout, nullptr);
  if (count < 0 && errno != EINTR) throw_errno("wait for events");
  for (int i = 0; i < count; ++i) {
    const auto found = readers_.find(events[static_cast<std::size_t>(i)].data.fd);
    if (found == readers_.end()) continue;  // removed by a handler before it
    const std::shared_ptr<Handler> handler = found->second;
    (*handler)();
  }
  return fire_due_timers() || count > 0;
}

void Loop::run() {
  running_ = true;
  while (running_) turn(nullptr);
}

bool Loop::run_once(Delay limit) { return turn(&limit); }

}  // namespace segue
