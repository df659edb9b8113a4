// A folder for what a child process writes while it runs, which goes when the last of its users goes.
//
// In memory it is a tmpfs that is mounted nowhere: held by a descriptor, reached through /proc/self/fd by whoever has
// inherited that, and freed by the kernel however its users end. On disk, and without the privilege for the other
// (CAP_SYS_ADMIN), it is a folder under TMPDIR, which the destructor removes; after a kill, the next start of the
// program does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "nodes/base/fd.hpp"
#include "orchestrator/files/passing_folder.hpp"

namespace segue::monitor {

class Scratch {
 public:
  static constexpr std::uint64_t on_disk = 0;

  // In memory, with room for `bytes`, or on disk. Throws Error.
  explicit Scratch(std::uint64_t bytes);
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // For this process, and for children that inherit descriptor().
  const std::filesystem::path& path() const noexcept { return path_; }
  int descriptor() const noexcept { return mount_.get(); }  // -1: path() is an ordinary one

  void write(const std::string& name, std::string_view text) const;  // a file in it

 private:
  Fd mount_;
  std::optional<files::PassingFolder> folder_;  // where there is no mount
  std::filesystem::path path_;
};

}  // namespace segue::monitor
