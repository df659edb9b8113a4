#include "tests/virtual/root/nobody.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "nodes/base/error.hpp"
#include "orchestrator/guest/kernel.hpp"

namespace segue::test {

namespace fs = std::filesystem;

namespace {

constexpr uid_t nobody = 65534;

// The tree they were built in may be for its owner alone.
void copy_programs(const fs::path& folder) {
  fs::create_directory(folder);
  for (const char* name : {"segue", "segue-node", "segue-wire"}) {
    fs::copy_file(fs::path(SEGUE_PROGRAM).parent_path() / name, folder / name);
  }
}

// As this user would have built it.
void copy_kernel(const fs::path& home) {
  const fs::path kernel = guest::kernel_path();
  const fs::path cached = home / ".cache" / "segue" / kernel.parent_path().filename();
  fs::create_directories(cached);
  fs::copy_file(kernel, cached / "linux");
}

}  // namespace

Nobody::Nobody(fs::path place) : place_(std::move(place)), home_(place_ / "home") {
  check(::chmod(place_.c_str(), 0755), "show the folder");
  copy_programs(place_ / "bin");
  copy_kernel(home_);
  check(::chown(home_.c_str(), nobody, nobody), "give the folder away");
}

Command Nobody::segue_with(const Command& words) const {
  Command command{place_ / "bin" / "segue"};
  command.insert(command.end(), words.begin(), words.end());
  return command;
}

Surroundings Nobody::surroundings() const {
  return {.directory = home_, .in_child = [home = home_] {
            if (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0) ::_exit(126);
            ::clearenv();
            ::setenv("HOME", home.c_str(), 1);
            ::setenv("PATH", "/usr/bin:/bin", 1);
          }};
}

}  // namespace segue::test
