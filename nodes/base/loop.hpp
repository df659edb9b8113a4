// An event loop: descriptors and timers, one thread, nothing polled.
//
// Why not Boost.Asio: its timers go through timerfd in whole microseconds and its reactor adds a queue between the
// event and the handler. A mechanism's step is timed in nanoseconds, and in virtual time the microsecond shows.
// Timers wait in an absolute timerfd: the timeout of epoll_pwait2 may be late by a thousandth of itself (the kernel's
// slack for tasks that are not real-time). Cost: one epoll_wait a turn, and a timerfd_settime when the next timer is
// another one; timers are a binary heap. Threading: everything from the thread that calls run().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/base/fd.hpp"

namespace segue {

class Loop {
 public:
  using Handler = std::function<void()>;
  enum class TimerId : std::uint64_t {};
  struct Stopped {};  // no error, and not to be taken for one

  Loop();

  // Calls `handler` whenever `fd` can be read (level-triggered; also on hang-up). The loop does not own `fd`.
  // A handler may remove any descriptor, its own too.
  void on_readable(int fd, Handler handler);
  void remove(int fd);

  // Calls `handler` once at `when`, at once if that has passed. Timers of one instant fire in the order they were set.
  TimerId at(Instant when, Handler handler);
  TimerId after(Delay delay, Handler handler) { return at(now() + delay, std::move(handler)); }
  void cancel(TimerId timer);

  void run();  // until stop()
  void stop() { stopped_ = true; }

  // Waits at most `limit` for one turn; false if nothing happened. A handler may wait so too, in a loop of its own:
  // once stop() has been called it throws Stopped, which leaves all handlers under way, to run().
  bool run_once(Delay limit);
  void run_until(Instant when);  // likewise

  // For this long before a timer is due the loop no longer sleeps but watches the clock: waking up takes some tens of
  // microseconds, which a step of a mechanism would be late each time. Costs that much of a core for every timer.
  void set_spin(Delay spin) { spin_ = spin; }

  // How late timers were, for the verdict: called after each, if set.
  struct TimerTimes {
    Instant due;
    Instant fired;
    Instant handled;
  };
  void on_timer(std::function<void(const TimerTimes&)> observer) { timer_observer_ = std::move(observer); }

 private:
  struct Timer {
    Instant when;
    std::uint64_t id;
  };

  struct Reader {
    std::uint32_t registration = 0;
    std::shared_ptr<Handler> handler;
  };

  void arm(std::optional<Instant> when);
  bool turn(const Delay* limit);
  bool fire_due_timers();

  Fd epoll_;
  Fd timer_;
  std::optional<Instant> armed_;
  Delay spin_{0};
  bool stopped_ = false;
  std::uint64_t next_timer_ = 1;
  std::uint32_t next_registration_ = 1;
  std::unordered_map<int, Reader> readers_;
  std::vector<Timer> heap_;
  std::unordered_map<std::uint64_t, Handler> timers_;
  std::function<void(const TimerTimes&)> timer_observer_;
};

}  // namespace segue
