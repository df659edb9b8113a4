#include "nodes/netlink/user_namespace.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"

namespace segue::netlink {
namespace {

// What the kernel calls everybody who has no number in a user namespace (/proc/sys/kernel/overflowuid).
constexpr unsigned anybody = 65534;

using Capabilities = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

Capabilities capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  Capabilities data{};
  check(::syscall(SYS_capget, &header, data.data()), "read the capabilities of this process");
  return data;
}

// Programs of a user other than 0 have no others than the ambient ones.
void hand_down_capabilities() {
  constexpr const char* attempt = "hand capabilities down to programs";
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  Capabilities data = capabilities();
  for (auto& word : data) word.inheritable = word.permitted;
  check(::syscall(SYS_capset, &header, data.data()), attempt);
  for (unsigned long number = 0; ::prctl(PR_CAPBSET_READ, number) >= 0; ++number) {  // as many as the kernel knows
    check(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0), attempt);
  }
}

[[noreturn]] void refuse(int error) {
  throw MachineError(fmt::format(
      "make a user namespace, which a lab without root needs: {}. As root, or with --clock virtual, it takes none",
      why_refused(error, read_this_machine)));
}

void write_map(const char* file, const std::string& text) {
  const Fd fd(::open(file, O_WRONLY | O_CLOEXEC));
  if (!fd || ::write(fd.get(), text.data(), text.size()) < 0) refuse(errno);
}

// Who is `anybody` outside gets another number inside, or everybody else would pass for him.
unsigned number_inside(unsigned outside) { return outside == anybody ? 1 : outside; }

}  // namespace

bool has_privilege() {
  constexpr unsigned wanted = 1U << CAP_SYS_ADMIN | 1U << CAP_NET_ADMIN;
  return (capabilities()[0].effective & wanted) == wanted;
}

void enter_user_namespace() {
  if (has_privilege()) return;
  const auto user = ::geteuid();
  const auto group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) refuse(errno);
  // Ubuntu's AppArmor lets the namespace be made, and no capability be used in it: the first of these fails then.
  write_map("/proc/self/uid_map", fmt::format("{} {} 1", number_inside(user), user));
  write_map("/proc/self/setgroups", "deny");  // else a user could leave a group that a file is closed to
  write_map("/proc/self/gid_map", fmt::format("{} {} 1", number_inside(group), group));
  hand_down_capabilities();
}

void leave_network() {
  const Fd here(check(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open the network namespace"));
  // The kernel tells whose it is to those who are not below its owner.
  if (const Fd owner(::ioctl(here.get(), NS_GET_USERNS)); owner) return;
  if (::unshare(CLONE_NEWNET) != 0) refuse(errno);
}

void acquire_privilege() {
  enter_user_namespace();
  leave_network();
}

void move_into(int network_namespace) {
  if (!has_privilege()) {
    const Fd owner(check(::ioctl(network_namespace, NS_GET_USERNS), "find the user namespace of a lab"));
    check(::setns(owner.get(), CLONE_NEWUSER), "enter the user namespace of a lab");
    hand_down_capabilities();
  }
  check(::setns(network_namespace, CLONE_NEWNET), "enter a network namespace");
}

}  // namespace segue::netlink
