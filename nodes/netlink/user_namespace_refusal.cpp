#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "nodes/netlink/user_namespace.hpp"

namespace segue::netlink {
namespace {

// A sysctl that forbids, by its value.
struct Switch {
  const char* path;
  const char* forbids;
  const char* reason;
};

constexpr Switch switches[] = {
    {"/proc/sys/user/max_user_namespaces", "0",
     "the sysctl user.max_user_namespaces is 0: `sudo sysctl user.max_user_namespaces=10000`"},
    {"/proc/sys/kernel/unprivileged_userns_clone", "0",
     "the sysctl kernel.unprivileged_userns_clone is 0: `sudo sysctl kernel.unprivileged_userns_clone=1`"},
    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
     "AppArmor keeps them from programs that it has no profile of: "
     "`sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`"},
};

std::string first_word(const std::string& text) {
  std::istringstream stream(text);
  std::string word;
  stream >> word;
  return word;
}

// The mounts a process sees have one on "/", unless its root is a folder below one.
bool in_chroot(const std::string& mountinfo) {
  std::istringstream lines(mountinfo);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number, parent, device, root, place;
    if (words >> number >> parent >> device >> root >> place && place == "/") return false;
  }
  return true;
}

bool under_filter(const std::string& status) { return status.find("\nSeccomp:\t2") != std::string::npos; }

}  // namespace

std::optional<std::string> read_this_machine(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

std::string why_refused(int error, const ReadFile& read) {
  if (!read("/proc/self/uid_map")) return "this kernel has none (CONFIG_USER_NS)";
  for (const auto& [path, forbids, reason] : switches) {
    const auto value = read(path);
    if (value && first_word(*value) == forbids) return reason;
  }
  if (error == ENOSPC) {
    return "there are as many as user.max_user_namespaces allows: `sudo sysctl user.max_user_namespaces=100000`";
  }
  if (const auto mounts = read("/proc/self/mountinfo"); mounts && in_chroot(*mounts)) {
    return "the kernel makes none in a chroot: run it outside, or with `pivot_root` instead of chroot";
  }
  if (const auto status = read("/proc/self/status"); status && under_filter(*status)) {
    return "a seccomp filter forbids them, as a container's does: `docker run --security-opt seccomp=unconfined …`";
  }
  return fmt::format("{}, for no reason that Segue knows", std::strerror(error));
}

}  // namespace segue::netlink
