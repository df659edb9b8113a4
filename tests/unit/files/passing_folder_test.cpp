#include "orchestrator/files/passing_folder.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::files;
namespace fs = std::filesystem;

namespace {

std::size_t entries_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

// Has such a folder, with a file in it, when it is killed.
fs::path left_by_a_killed_process(auto make) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto folder = make();
    std::ofstream(folder.path() / "file") << "something";
    const auto& path = folder.path().native();
    (void)!::write(ends[1], path.data(), path.size());
    for (;;) ::pause();
  }
  std::array<char, 4096> path{};
  REQUIRE(::read(ends[0], path.data(), path.size()) > 0);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  return path.data();
}

}  // namespace

TEST_CASE("a folder that must not last goes with its object") {
  const Scratch scratch;
  {
    const PassingFolder folder(scratch.path(), "guests");
    CHECK(fs::is_directory(folder.path()));
    std::ofstream(folder.path() / "file") << "something";
  }
  CHECK(entries_in(scratch.path()) == 0);
}

TEST_CASE("what a killed process left goes with the next folder of its name, and nothing else does") {
  const Scratch scratch;
  const auto left = left_by_a_killed_process([&] { return PassingFolder(scratch.path(), "guests"); });
  REQUIRE(fs::exists(left / "file"));
  for (const char* other : {"guests", "guests-of-mine", "guests-1234567", "guest-123456"}) {
    fs::create_directory(scratch.path() / other);
  }
  fs::create_directory_symlink(scratch.path() / "guests-of-mine", scratch.path() / "guests-linked");
  std::optional<PassingFolder> first;
  first.emplace(scratch.path(), "guests");
  const PassingFolder second(scratch.path(), "guests");
  CHECK(!fs::exists(left));
  CHECK(fs::exists(first->path()));  // it is in use
  CHECK(fs::exists(second.path()));
  CHECK(entries_in(scratch.path()) == 2 + 5);
}

TEST_CASE("what killed processes left under TMPDIR goes when it is swept, and what is in use stays") {
  const Scratch scratch;
  ::setenv("TMPDIR", scratch.path().c_str(), 1);
  const PassingFolder used;
  const auto left = left_by_a_killed_process([] { return PassingFolder(); });
  fs::create_directory(scratch.path() / "segue-somebody");
  REQUIRE(entries_in(scratch.path()) == 3);
  sweep_passing_folders();
  ::unsetenv("TMPDIR");
  CHECK(!fs::exists(left));
  CHECK(fs::exists(used.path()));
  CHECK(entries_in(scratch.path()) == 2);
}
