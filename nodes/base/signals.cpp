#include "nodes/base/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

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

}  // namespace

Fd watch_signals(std::initializer_list<int> signals) { return watch(signals, nullptr); }

WatchedSignals::WatchedSignals(std::initializer_list<int> signals) : fd_(watch(signals, &before_)) {}

WatchedSignals::~WatchedSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

unsigned WatchedSignals::take() const {
  signalfd_siginfo signal{};
  return ::read(fd_.get(), &signal, sizeof signal) == sizeof signal ? signal.ssi_signo : 0;
}

}  // namespace segue
