#include "nodes/base/signals.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

using namespace segue;
using namespace std::chrono_literals;

namespace {

bool can_be_read(int fd) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, 0) > 0;
}

// A child that says over a pipe when it can be asked to end, and then each time that it has been: the first time only.
class Asked {
 public:
  explicit Asked(Delay grace) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    reader_.reset(ends[0]);
    const Fd writer(ends[1]);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ > 0) return;
    const Fd asked = asked_to_end(grace);
    pollfd entry{asked.get(), POLLIN, 0};
    (void)!::write(writer.get(), "r", 1);
    while (::poll(&entry, 1, -1) < 0) {
    }
    (void)!::write(writer.get(), can_be_read(asked.get()) ? "a" : "-", 1);
    for (;;) ::pause();
  }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;

  char hear() const {
    char byte = 0;
    return ::read(reader_.get(), &byte, 1) == 1 ? byte : '\0';
  }
  void ask(int signal) const { ::kill(pid_, signal); }
  int ended_by() const {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

 private:
  Fd reader_;
  pid_t pid_ = -1;
};

bool is_blocked(int signal) {
  sigset_t mask;
  ::sigprocmask(SIG_BLOCK, nullptr, &mask);
  return ::sigismember(&mask, signal) == 1;
}

}  // namespace

TEST_CASE("signals that are watched are read one by one and do not strike, and the mask is given back") {
  REQUIRE_FALSE(is_blocked(SIGUSR1));
  {
    const WatchedSignals signals({SIGUSR1, SIGUSR2});
    CHECK(is_blocked(SIGUSR2));
    CHECK_FALSE(can_be_read(signals.fd()));
    CHECK(signals.take() == 0);
    ::raise(SIGUSR2);
    CHECK(can_be_read(signals.fd()));
    CHECK(signals.take() == SIGUSR2);
    CHECK(signals.take() == 0);
  }
  CHECK_FALSE(is_blocked(SIGUSR1));
  CHECK_FALSE(is_blocked(SIGUSR2));
}

TEST_CASE(
    "a program that is asked to end is told, and ended by the kernel if it has not within its grace, never before") {
  const Asked child(100ms);
  REQUIRE(child.hear() == 'r');
  const Instant asked = now();
  child.ask(SIGTERM);
  CHECK(child.hear() == 'a');
  CHECK(child.ended_by() == SIGKILL);
  CHECK(now() - asked >= 100ms);
}

TEST_CASE("a program that may take its time is ended at once by a second signal of the same kind") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const Asked child(0ms);
    REQUIRE(child.hear() == 'r');
    child.ask(signal);
    CHECK(child.hear() == 'a');
    child.ask(signal);
    CHECK(child.ended_by() == signal);
  }
}
