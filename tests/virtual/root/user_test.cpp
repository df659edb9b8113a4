// A user without any privilege, whom only root can become.
#include <doctest/doctest.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "nodes/base/error.hpp"
#include "orchestrator/guest/kernel.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
namespace fs = std::filesystem;

namespace {

constexpr uid_t nobody = 65534;

// The programs where anybody can reach them: the tree they were built in may be for its owner alone.
fs::path programs_for_all(const Scratch& scratch) {
  const auto folder = scratch.path() / "bin";
  fs::create_directory(folder);
  for (const char* name : {"segue", "segue-node", "segue-wire"}) {
    fs::copy_file(fs::path(SEGUE_PROGRAM).parent_path() / name, folder / name);
  }
  return folder / "segue";
}

// A cache with the kernel that there is, as this user would have built it.
void furnish(const fs::path& home) {
  const fs::path kernel = guest::kernel_path();
  const fs::path cached = home / ".cache" / "segue" / kernel.parent_path().filename();
  fs::create_directories(cached);
  fs::copy_file(kernel, cached / "linux");
  check(::chown(home.c_str(), nobody, nobody), "give the folder away");
}

}  // namespace

TEST_CASE("a user without any privilege, with nothing in the environment but HOME and PATH, gets the same bytes") {
  const Scratch scratch;
  check(::chmod(scratch.path().c_str(), 0755), "show the folder");
  const fs::path lab = lossy_lab(scratch.path());
  const fs::path program = programs_for_all(scratch);
  const fs::path home = scratch.path() / "home";
  furnish(home);
  const auto measure = [&](const fs::path& out) {
    return Command{program,   "run",   lab,       "--clock",   "virtual",     "--mechanism", "prompt-scheduled",
                   "--probe", "voip",  "--probe", "iperf-udp", "--handovers", "3",           "--interval",
                   "3s",      "--out", out};
  };
  const auto become_nobody = [&] {
    if (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0) ::_exit(126);
    ::clearenv();
    ::setenv("HOME", home.c_str(), 1);
    ::setenv("PATH", "/usr/bin:/bin", 1);
  };
  const Outcome first = run(measure(scratch.path() / "first"));
  REQUIRE_MESSAGE(first.exit_code == 0, first.err);
  const Outcome second = run(measure(home / "out"), {.directory = home, .in_child = become_nobody});
  REQUIRE_MESSAGE(second.exit_code == 0, second.err);
  CHECK(differences(results_in(scratch.path() / "first"), results_in(home / "out")) == "");
}
