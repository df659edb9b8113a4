#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "orchestrator/guest/init.hpp"
#include "orchestrator/guest/kernel.hpp"
#include "tests/virtual/work.hpp"

int main(int argc, char** argv) {
  if (segue::guest::is_guest_init()) segue::guest::guest_main(segue::test::do_work);
  if (!segue::guest::kernel_built()) {
    fmt::print("skipped: no guest kernel at {}: build it with `segue kernel build`\n",
               segue::guest::kernel_path().native());
    return 77;
  }
  doctest::Context context(argc, argv);
  return context.run();
}
