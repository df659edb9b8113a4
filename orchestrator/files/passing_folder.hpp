// A folder for what must not last.
//
// It goes with its object. If the program is killed before, the next one that looks takes it away: each is locked
// (flock(2)) while its object lives, and the kernel takes the lock back from whoever dies. Those that need not lie
// anywhere else lie under TMPDIR, where every start of this program looks.
#pragma once

#include <filesystem>
#include <string>

#include "nodes/base/fd.hpp"

namespace segue::files {

class PassingFolder {
 public:
  // Makes one under TMPDIR, or /tmp. Throws Error.
  PassingFolder();

  // Makes ABOVE/NAME-XXXXXX, and takes away what was left of that name. On a file system whose locks are not seen by
  // other machines, no other machine may have such a folder in `above`. Throws Error.
  PassingFolder(const std::filesystem::path& above, const std::string& name);

  PassingFolder(const PassingFolder&) = delete;
  PassingFolder& operator=(const PassingFolder&) = delete;
  ~PassingFolder();

  const std::filesystem::path& path() const noexcept { return path_; }
  void remove() noexcept;  // now rather than at the end

 private:
  std::filesystem::path path_;
  Fd lock_;
};

// Takes away what killed programs of this user left under TMPDIR. What cannot be removed stays.
void sweep_passing_folders() noexcept;

}  // namespace segue::files
