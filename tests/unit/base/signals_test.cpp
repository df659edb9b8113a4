#include "nodes/base/signals.hpp"

#include <doctest/doctest.h>
#include <poll.h>

using namespace segue;

namespace {

bool can_be_read(int fd) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, 0) > 0;
}

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
