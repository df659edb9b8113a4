// The guest kernel: where it is kept, and how it is built.
//
// A kernel is `<cache>/kernel-<version>-<hash of the options and of our changes>/linux`, where <cache> is
// `${XDG_CACHE_HOME:-~/.cache}/segue`. Building takes under four minutes on two cores and 0.5 GB of disk in the cache
// folder, given back at the end. Errors: MachineError when a tool or the source is missing (with the command that
// installs it) or nothing says where the cache is; Error when the build fails, with the end of make's output. Blocks
// until done; not thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "nodes/base/clock.hpp"

namespace segue::guest {

// Debian's package linux-source-6.12.
inline constexpr const char* default_kernel_source = "/usr/src/linux-source-6.12.tar.xz";

// The newest kernel in the cache that has the options of this program; if there is none, where the next build would put
// it. A newer source package therefore does not throw away a kernel that works: `build_kernel` takes it up when asked.
std::filesystem::path kernel_path();
bool kernel_built();

// The version of a source tree or tarball ("6.12.117"), from its top Makefile. About half a second for a tarball.
std::string source_version(const std::filesystem::path& source);

struct BuildProgress {
  std::string phase;  // "unpack", "configure", "compile", "install"
  int percent = 0;    // of the whole build; estimated, never runs back
  Delay left{};       // about how long the rest will take
};

struct BuildOptions {
  std::filesystem::path source = default_kernel_source;  // tarball, or the top of a tree (it is copied, not touched)
  int jobs = 0;                                          // 0: all cores
};

struct BuildResult {
  std::filesystem::path kernel;
  bool already_there = false;
};

// Builds the kernel of `options.source`, unless it is there already. Two builders of one kernel wait for each other; an
// interrupted build leaves nothing in place, and its scratch folder is swept by the next one.
BuildResult build_kernel(const BuildOptions& options, const std::function<void(const BuildProgress&)>& on_progress);

}  // namespace segue::guest
