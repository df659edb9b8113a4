#include "nodes/base/signals.hpp"

#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "nodes/base/error.hpp"

namespace segue {

namespace {

Fd watch(std::initializer_list<int> signals, sigset_t* before) {
  sigset_t wanted;
  ::sigemptyset(&wanted);
  for (const int signal : signals) ::sigaddset(&wanted, signal);
  check(::sigprocmask(SIG_BLOCK, &wanted, before), "block signals");
  return Fd(check(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK), "watch for signals"));
}

// What the handler uses.
int asked = -1;
timer_t last_resort{};
itimerspec grace_left{};

void note_and_arm(int) {
  const int error = errno;
  const std::uint64_t one = 1;
  (void)!::write(asked, &one, sizeof one);
  if (grace_left.it_value.tv_sec > 0 || grace_left.it_value.tv_nsec > 0)
    ::timer_settime(last_resort, 0, &grace_left, nullptr);
  errno = error;
}

}  // namespace

Fd asked_to_end(Delay grace) {
  Fd reader(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an event"));
  asked = reader.get();
  grace_left.it_value = {.tv_sec = grace.count() / 1'000'000'000, .tv_nsec = grace.count() % 1'000'000'000};
  sigevent kill{};
  kill.sigev_notify = SIGEV_SIGNAL;
  kill.sigev_signo = SIGKILL;
  check(::timer_create(CLOCK_MONOTONIC, &kill, &last_resort), "create a timer");
  struct sigaction action {};
  action.sa_handler = note_and_arm;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM}) check(::sigaction(signal, &action, nullptr), "handle a signal");
  return reader;
}

Fd watch_signals(std::initializer_list<int> signals) { return watch(signals, nullptr); }

WatchedSignals::WatchedSignals(std::initializer_list<int> signals) : fd_(watch(signals, &before_)) {}

WatchedSignals::~WatchedSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

unsigned WatchedSignals::take() const {
  signalfd_siginfo signal{};
  return ::read(fd_.get(), &signal, sizeof signal) == sizeof signal ? signal.ssi_signo : 0;
}

}  // namespace segue
