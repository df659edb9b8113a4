#include "orchestrator/cli/output.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>

#include "tests/unit/cli/together.hpp"

using namespace segue;
using segue::test::together;

TEST_CASE("standard output and standard error into one pipe come in order, and whole") {
  // Longer than what the library holds back at a time, and ending in the middle of that.
  const std::string table(5000, 'x');
  CHECK(together([&] {
          cli::print(table + '\n');
          cli::say("results in there\n");
          cli::print("end\n");
        }) == table + "\nresults in there\nend\n");
  CHECK(together([&] {
          std::fputs("of the library's own\n", stdout);
          cli::warn({"one", "two"});
        }) == "of the library's own\nsegue: warning: one\nsegue: warning: two\n");
}
