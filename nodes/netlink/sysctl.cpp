#include "nodes/netlink/sysctl.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"

namespace segue::netlink {
namespace {

// A procfs instance that no path leads to, so there is nothing to unmount. It shows the sysctls of the namespace of
// whoever opens a file in it, as /proc/sys does.
Fd mount_procfs() {
  const char* attempt = "mount a procfs of our own, since /proc/sys is read-only";
  const Fd context(check(::fsopen("proc", FSOPEN_CLOEXEC), attempt));
  check(::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), attempt);
  return Fd(check(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0), attempt));
}

Fd open_for_writing(const std::string& relative, const std::string& attempt) {
  Fd fd(::open(("/proc/" + relative).c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd && errno == EROFS) {
    static const Fd own = mount_procfs();
    fd = Fd(::openat(own.get(), relative.c_str(), O_WRONLY | O_CLOEXEC));
  }
  check(fd.get(), attempt);
  return fd;
}

}  // namespace

void write_sysctl(std::string_view name, std::string_view value) {
  const std::string attempt = "write sysctl " + std::string(name);
  const Fd fd = open_for_writing("sys/" + std::string(name), attempt);
  check(::write(fd.get(), value.data(), value.size()), attempt);
}

std::string read_sysctl(std::string_view name) {
  const std::string attempt = "read sysctl " + std::string(name);
  const Fd fd(check(::open(("/proc/sys/" + std::string(name)).c_str(), O_RDONLY | O_CLOEXEC), attempt));
  std::array<char, 4096> buffer;
  const auto size = check(::read(fd.get(), buffer.data(), buffer.size()), attempt);
  std::string value(buffer.data(), static_cast<std::size_t>(size));
  while (!value.empty() && value.back() == '\n') value.pop_back();
  return value;
}

}  // namespace segue::netlink
