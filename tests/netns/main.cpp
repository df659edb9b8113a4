// The netns tests change interfaces, routes and sysctls, so the program leaves its caller's namespace before any of
// them runs. Where it cannot, it says so and exits with what ctest counts as skipped.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "nodes/base/fd.hpp"

namespace {

constexpr int skipped = 77;

bool may_run() {
  if (::unshare(CLONE_NEWNET) != 0) {
    std::fprintf(stderr, "skipped: no network namespace of our own: %s\n", std::strerror(errno));
    return false;
  }
  if (!segue::Fd(::open("/dev/net/tun", O_RDWR | O_CLOEXEC))) {
    std::fprintf(stderr, "skipped: /dev/net/tun: %s\n", std::strerror(errno));
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) { return may_run() ? doctest::Context(argc, argv).run() : skipped; }
