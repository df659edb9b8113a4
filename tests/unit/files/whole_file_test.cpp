#include "orchestrator/files/whole_file.hpp"

#include <doctest/doctest.h>

#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::files;
namespace fs = std::filesystem;

TEST_CASE("a file that is written is whole and in the place of the one before, and nothing lies beside it") {
  const Scratch scratch;
  const auto file = scratch.write("file", "a longer text, from before");
  const std::string text("a\0b\n", 4);
  write_file(file, text);
  CHECK(read_file(file) == text);
  CHECK(std::distance(fs::directory_iterator(scratch.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a file that cannot be written is named with the reason, and stays as it was") {
  const Scratch scratch;
  const auto file = scratch.write("file", "before");
  fs::create_directory(file.string() + ".part");  // stands where the text would go
  CHECK_THROWS_WITH_AS(write_file(file, "after"), doctest::Contains((file.string() + ": Is a directory").c_str()),
                       Error);
  CHECK(read_file(file) == "before");
  CHECK_THROWS_WITH_AS(read_file(scratch.path() / "none"), doctest::Contains("none"), Error);
}
