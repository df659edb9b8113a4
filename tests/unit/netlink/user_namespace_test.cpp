// What is said of each system that forbids user namespaces, from the files that such a system has.
#include "nodes/netlink/user_namespace.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <map>

using namespace segue::netlink;

namespace {

using Files = std::map<std::string, std::string>;

// A machine with these files, beside those of one that forbids nothing.
std::string said_on(int error, const Files& files) {
  Files all{{"/proc/self/uid_map", "0 0 4294967295\n"},
            {"/proc/sys/user/max_user_namespaces", "63432\n"},
            {"/proc/self/mountinfo", "22 1 254:1 / /boot rw - ext4 /dev/a rw\n21 1 254:0 / / rw - ext4 /dev/b rw\n"},
            {"/proc/self/status", "Name:\tsegue\nSeccomp:\t0\nSeccomp_filters:\t0\n"}};
  for (const auto& [path, text] : files) all[path] = text;
  return why_refused(error, [&](const std::string& path) -> std::optional<std::string> {
    const auto found = all.find(path);
    if (found == all.end() || found->second == "absent") return std::nullopt;
    return found->second;
  });
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("each sysctl that forbids user namespaces is named with the command that allows them") {
  CHECK(has(said_on(ENOSPC, {{"/proc/sys/user/max_user_namespaces", "0\n"}}),
            "`sudo sysctl user.max_user_namespaces=10000`"));
  CHECK(has(said_on(EPERM, {{"/proc/sys/kernel/unprivileged_userns_clone", "0\n"}}),
            "`sudo sysctl kernel.unprivileged_userns_clone=1`"));
  const auto ubuntu = said_on(EPERM, {{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n"}});
  CHECK(has(ubuntu, "AppArmor"));
  CHECK(has(ubuntu, "`sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`"));
}

TEST_CASE("a sysctl that allows them is not blamed") {
  const Files allowed{{"/proc/sys/kernel/unprivileged_userns_clone", "1\n"},
                      {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "0\n"},
                      {"/proc/self/status", "Name:\tsegue\nSeccomp:\t2\nSeccomp_filters:\t1\n"}};
  const auto said = said_on(EPERM, allowed);
  CHECK(has(said, "seccomp"));
  CHECK(has(said, "--security-opt seccomp=unconfined"));
  CHECK_FALSE(has(said, "sysctl"));
}

TEST_CASE("a chroot, a kernel without them, and as many as there may be") {
  CHECK(has(said_on(EPERM, {{"/proc/self/mountinfo", "30 21 0:5 / /proc rw - proc proc rw\n"}}), "chroot"));
  CHECK(has(said_on(EINVAL, {{"/proc/self/uid_map", "absent"}}), "CONFIG_USER_NS"));
  CHECK(has(said_on(ENOSPC, {}), "as many as user.max_user_namespaces allows"));
}

TEST_CASE("of what nothing is known, the kernel's own word is told") {
  CHECK(said_on(EACCES, {}) == "Permission denied, for no reason that Segue knows");
}
