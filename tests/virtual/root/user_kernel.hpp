// What a user (tests/system/user.hpp) needs for the virtual clock.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "nodes/base/error.hpp"
#include "orchestrator/guest/kernel.hpp"
#include "tests/system/program.hpp"
#include "tests/system/user.hpp"

namespace segue::test {

// The kernel of this machine in his cache, as he would have built it.
inline void give_kernel(const User& user) {
  const std::filesystem::path kernel = guest::kernel_path();
  const auto cached = user.home() / ".cache" / "segue" / kernel.parent_path().filename();
  std::filesystem::create_directories(cached);
  std::filesystem::copy_file(kernel, cached / "linux");
}

// Nothing in the environment but HOME and PATH.
inline Surroundings at_home(const User& user) {
  return {.directory = user.home(), .in_child = [home = user.home()] {
            ::clearenv();
            ::setenv("HOME", home.c_str(), 1);
            ::setenv("PATH", "/usr/bin:/bin", 1);
          }};
}

}  // namespace segue::test
