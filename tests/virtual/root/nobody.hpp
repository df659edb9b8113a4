// A user without any privilege, whom only root can become.
#pragma once

#include <filesystem>

#include "tests/system/program.hpp"

namespace segue::test {

class Nobody {
 public:
  // With a home in `place`, which has the guest kernel of this machine in its cache, and programs that anybody can reach.
  explicit Nobody(std::filesystem::path place);

  const std::filesystem::path& home() const noexcept { return home_; }
  Command segue_with(const Command& words) const;
  Surroundings surroundings() const;  // nothing in the environment but HOME and PATH

 private:
  std::filesystem::path place_;
  std::filesystem::path home_;
};

}  // namespace segue::test
