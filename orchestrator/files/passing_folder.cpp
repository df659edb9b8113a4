#include "orchestrator/files/passing_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "nodes/base/error.hpp"

namespace segue::files {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view any = "-XXXXXX";
constexpr const char* under_tmpdir = "segue-passing";  // no name that anybody else would choose

// The folder, if it is this user's; not what a link leads to.
Fd open_own(const fs::path& path) {
  Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat about {};
  if (!folder || ::fstat(folder.get(), &about) < 0 || about.st_uid != ::geteuid()) return {};
  return folder;
}

void sweep(const fs::path& above, const std::string& name) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(above, ignored)) {
    const auto found = entry.path().filename().native();
    if (!found.starts_with(name + '-') || found.size() != name.size() + any.size()) continue;
    const Fd folder = open_own(entry.path());
    if (folder && ::flock(folder.get(), LOCK_EX | LOCK_NB) == 0) fs::remove_all(entry.path(), ignored);
  }
}

fs::path temporary_folder() {
  const char* path = std::getenv("TMPDIR");
  return path != nullptr && *path == '/' ? path : "/tmp";
}

}  // namespace

PassingFolder::PassingFolder() : PassingFolder(temporary_folder(), under_tmpdir) {}

PassingFolder::PassingFolder(const fs::path& above, const std::string& name) {
  sweep(above, name);
  // Between making and locking it another sweep may take it for one that was left.
  std::error_code ignored;
  do {
    std::string pattern = (above / name).native() + std::string(any);
    if (::mkdtemp(pattern.data()) == nullptr) throw_errno(fmt::format("make a folder in {}", above.native()));
    path_ = pattern;
    lock_ = open_own(path_);
    if (lock_) ::flock(lock_.get(), LOCK_EX);
  } while (!lock_ || !fs::exists(path_, ignored));
}

PassingFolder::~PassingFolder() { remove(); }

void PassingFolder::remove() noexcept {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void sweep_passing_folders() noexcept { sweep(temporary_folder(), under_tmpdir); }

}  // namespace segue::files
