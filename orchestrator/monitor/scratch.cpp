#include "orchestrator/monitor/scratch.hpp"

#include <fmt/format.h>
#include <linux/mount.h>
#include <sys/syscall.h>

#include <fstream>

#include "nodes/base/error.hpp"

namespace segue::monitor {

namespace fs = std::filesystem;

namespace {

// The C library has no names for these calls before glibc 2.36's <sys/mount.h>, which clashes with <linux/mount.h>.
Fd mount_nowhere(std::uint64_t bytes) {
  const Fd context(static_cast<int>(::syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC)));
  if (!context) return Fd();
  const auto configure = [&](unsigned command, const char* key, const char* value) {
    return ::syscall(SYS_fsconfig, context.get(), command, key, value, 0) == 0;
  };
  if (!configure(FSCONFIG_SET_STRING, "size", std::to_string(bytes).c_str())) return Fd();
  if (!configure(FSCONFIG_SET_STRING, "mode", "0700")) return Fd();
  if (!configure(FSCONFIG_CMD_CREATE, nullptr, nullptr)) return Fd();
  return Fd(static_cast<int>(::syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, 0)));
}

}  // namespace

Scratch::Scratch(std::uint64_t bytes) : mount_(bytes == on_disk ? Fd() : mount_nowhere(bytes)) {
  if (mount_) {
    path_ = fmt::format("/proc/self/fd/{}", mount_.get());
  } else {
    path_ = folder_.emplace().path();
  }
}

void Scratch::write(const std::string& name, std::string_view text) const {
  std::ofstream file(path_ / name, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.flush()) throw Error(fmt::format("write {}: the disk is full, or it went away", (path_ / name).string()));
}

}  // namespace segue::monitor
