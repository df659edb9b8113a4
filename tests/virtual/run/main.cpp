// `segue run --clock virtual` as a user has it. Without a guest kernel there is nothing to run, and ctest counts it as
// skipped.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "orchestrator/guest/kernel.hpp"

int main(int argc, char** argv) {
  if (!segue::guest::kernel_built()) {
    fmt::print("skipped: no guest kernel at {}: build it with `segue kernel build`\n",
               segue::guest::kernel_path().native());
    return 77;
  }
  return doctest::Context(argc, argv).run();
}
