// What of the virtual clock only root can test. Where it cannot be, ctest counts it as skipped.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "orchestrator/guest/kernel.hpp"

int main(int argc, char** argv) {
  constexpr int skipped = 77;
  if (::geteuid() != 0) {
    fmt::print("skipped: becoming somebody else, a small disk and a Slurm of one's own need root\n");
    return skipped;
  }
  if (!segue::guest::kernel_built()) {
    fmt::print("skipped: no guest kernel at {}: build it with `segue kernel build`\n",
               segue::guest::kernel_path().native());
    return skipped;
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1UL);
  return doctest::Context(argc, argv).run();
}
