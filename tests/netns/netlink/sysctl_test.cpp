#include "nodes/netlink/sysctl.hpp"

#include <sched.h>
#include <sys/mount.h>

#include "nodes/netlink/netem.hpp"
#include "tests/netns/netlink/place.hpp"

using namespace segue;
using namespace segue::netlink;

namespace {

constexpr const char* forwarding = "net/ipv6/conf/all/forwarding";

// What a container runtime does to /proc/sys, in a mount namespace of this process.
bool make_proc_sys_read_only() {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("/proc/sys", "/proc/sys", nullptr, MS_BIND, nullptr) == 0 &&
         ::mount(nullptr, "/proc/sys", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
}

// 0 if a write goes through and shows in its own namespace only.
int write_despite_read_only() {
  if (!make_proc_sys_read_only()) return 2;
  const Namespace space = Namespace::create();
  {
    const Enter inside(space);
    write_sysctl(forwarding, "1");
    if (read_sysctl(forwarding) != "1") return 3;
  }
  return read_sysctl(forwarding) == "0" ? 0 : 4;
}

}  // namespace

TEST_CASE("a sysctl is written in one namespace and not in another") {
  const Namespace space = Namespace::create();
  {
    const Enter inside(space);
    CHECK(read_sysctl(forwarding) == "0");
    write_sysctl(forwarding, "1");
    CHECK(read_sysctl(forwarding) == "1");
  }
  CHECK(read_sysctl(forwarding) == "0");
}

TEST_CASE("a sysctl that is none or takes no such value is told by its path") {
  CHECK_THROWS_WITH_AS(write_sysctl("net/ipv6/conf/nowhere/mtu", "1"),
                       "write sysctl net/ipv6/conf/nowhere/mtu: No such file or directory", Error);
  CHECK_THROWS_WITH_AS(write_sysctl(forwarding, "many"), "write sysctl net/ipv6/conf/all/forwarding: Invalid argument",
                       Error);
  CHECK_THROWS_AS(read_sysctl("net/nothing"), Error);
}

TEST_CASE("sysctls can be written where /proc/sys is read-only") { CHECK(in_child(write_despite_read_only) == 0); }

TEST_CASE("netem is set, changed and read back where the kernel has it, and told to be missing where not") {
  Place a;
  if (!kernel_has_netem()) {
    CHECK_THROWS_WITH_AS(a.perform(replace_netem(loopback_index, {})),
                         "replace netem of interface 1: Specified qdisc kind is unknown (No such file or directory)",
                         KernelError);
    CHECK_FALSE(read_netem(*a.socket, loopback_index));
    return;
  }
  Netem netem{.latency = Delay{10'000'001}, .loss = {0.5}, .bytes_per_second = std::uint64_t{1} << 33, .seed = 5};
  a.perform(replace_netem(loopback_index, netem));
  const auto read = read_netem(*a.socket, loopback_index);
  REQUIRE(read);
  CHECK(read->latency == netem.latency);
  CHECK(read->bytes_per_second == netem.bytes_per_second);
  a.perform(change_netem(loopback_index, {.limit = 5}));
  CHECK(read_netem(*a.socket, loopback_index)->limit == 5);
  CHECK(read_netem(*a.socket, loopback_index)->bytes_per_second == 0);
}
