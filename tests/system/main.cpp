// The system tests run the program as root, on the kernel that is there. Where they cannot, they say so and exit with
// what ctest counts as skipped.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "nodes/base/fd.hpp"

namespace {

constexpr int skipped = 77;

bool may_run() {
  if (::geteuid() != 0) {
    std::fputs("skipped: a lab needs root\n", stderr);
    return false;
  }
  if (!segue::Fd(::open("/dev/net/tun", O_RDWR | O_CLOEXEC))) {
    std::fprintf(stderr, "skipped: /dev/net/tun: %s\n", std::strerror(errno));
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (!may_run()) return skipped;
  ::prctl(PR_SET_CHILD_SUBREAPER, 1UL);
  return doctest::Context(argc, argv).run();
}
