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
  const char* attempt = "mount a procfs of our own";
  const Fd context(check(::fsopen("proc", FSOPEN_CLOEXEC), attempt));
  check(::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), attempt);
  return Fd(check(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0), attempt));
}

// The kernel finds a folder of sysctls by going through those of all namespaces that were asked for in the same
// instance: by the thousandth namespace a write would take milliseconds. So a young one is used, where one may be had.
const Fd& procfs() {
  constexpr unsigned writes_of_one = 500;
  static unsigned left = 0;
  static Fd own;
  if (left > 0) {
    --left;
    return own;
  }
  left = writes_of_one;
  try {
    own = mount_procfs();
  } catch (const Error&) {
    own = Fd(check(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), "open /proc"));
  }
  return own;
}

}  // namespace

void write_sysctl(std::string_view name, std::string_view value) {
  const std::string attempt = "write sysctl " + std::string(name);
  const Fd fd(check(::openat(procfs().get(), ("sys/" + std::string(name)).c_str(), O_WRONLY | O_CLOEXEC), attempt));
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
