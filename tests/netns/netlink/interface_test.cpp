#include "nodes/netlink/interface.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>

#include "nodes/netlink/qdisc.hpp"
#include "nodes/netlink/tap.hpp"
#include "tests/netns/netlink/place.hpp"

using namespace segue;
using namespace segue::netlink;

namespace {

ino_t inode_of(int fd) {
  struct stat status {};
  REQUIRE(::fstat(fd, &status) == 0);
  return status.st_ino;
}

// What `work` says the machine lacks; 0 if it holds `hint`.
template <typename Work>
int lacks(Work work, std::string_view hint) {
  try {
    work();
    return 1;
  } catch (const MachineError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return std::string_view(error.what()).find(hint) == std::string_view::npos ? 2 : 0;
  }
}

}  // namespace

TEST_CASE("a thread is back where it came from when its guard goes, and the new namespace is another one") {
  const ino_t home = inode_of(Namespace::current().fd());
  Namespace space;
  {
    const Enter inside = Enter::fresh(space);
    CHECK(inode_of(Namespace::current().fd()) == inode_of(space.fd()));
    const Enter deeper(Namespace::create());
    CHECK(inode_of(Namespace::current().fd()) != inode_of(space.fd()));
  }
  CHECK(inode_of(Namespace::current().fd()) == home);
  CHECK(inode_of(space.fd()) != home);
}

TEST_CASE(
    "one message makes a veth pair in two namespaces with addresses, MTU and indexes, and its carrier comes with the "
    "far end") {
  Place a;
  Place b;
  const Mac near{{2, 0, 0, 0, 0, 1}};
  const Mac far{{2, 0, 0, 0, 0, 2}};
  a.perform(create_veth({.near = {.name = "to-b", .mac = near, .index = 17},
                         .far = {.name = "to-a", .space = b.space.fd(), .mac = far, .index = 23},
                         .mtu = 1400}));
  CHECK_FALSE(find_interface(*a.socket, "to-b")->running);
  b.perform(set_up(23U));
  const auto here = find_interface(*a.socket, "to-b");
  const auto there = find_interface(*b.socket, "to-a");
  REQUIRE(here);
  REQUIRE(there);
  CHECK(here->index == 17);
  CHECK(here->mac == near);
  CHECK(here->mtu == 1400);
  CHECK(here->up);
  CHECK(here->running);
  CHECK(here->kind == "veth");
  CHECK(there->index == 23);
  CHECK(there->mac == far);
  CHECK(there->mtu == 1400);
  CHECK(there->up);
  CHECK(there->running);
  CHECK_FALSE(find_interface(*a.socket, "to-a"));
}

TEST_CASE("a veth may be made between two namespaces from a third") {
  Place a;
  Place b;
  Place third;
  third.perform(
      create_veth({.near = {.name = "to-b", .space = a.space.fd()}, .far = {.name = "to-a", .space = b.space.fd()}}));
  b.perform(set_up("to-a"));
  CHECK(find_interface(*a.socket, "to-b")->running);
  CHECK(find_interface(*b.socket, "to-a")->running);
  CHECK(list_interfaces(*third.socket).size() == 1);
}

TEST_CASE("an interface is renamed, set and deleted, and the list shows it") {
  Place a;
  a.perform(create_veth({.near = {.name = "one"}, .far = {.name = "two"}, .near_up = false}));
  const std::uint32_t index = find_interface(*a.socket, "one")->index;
  CHECK_FALSE(find_interface(*a.socket, "one")->up);
  const Mac mac{{2, 1, 2, 3, 4, 5}};
  a.socket->perform({rename_interface(index, "uno"), set_mtu(index, 9000), set_mac(index, mac), set_up(index)});
  const auto changed = find_interface(*a.socket, "uno");
  REQUIRE(changed);
  CHECK(changed->mtu == 9000);
  CHECK(changed->mac == mac);
  CHECK(changed->up);
  CHECK(a.inside([] { return index_of("uno"); }) == index);
  a.perform(set_down(index));
  CHECK_FALSE(find_interface(*a.socket, "uno")->up);
  CHECK(list_interfaces(*a.socket).size() == 3);
  a.perform(delete_interface("uno"));
  CHECK(list_interfaces(*a.socket).size() == 1);
  CHECK_THROWS_WITH(a.inside([] { return index_of("uno"); }), "no interface \"uno\" in this namespace");
}

TEST_CASE("what the kernel refuses names the attempt") {
  Place a;
  a.perform(create_veth({.near = {.name = "one"}, .far = {.name = "two"}}));
  CHECK_THROWS_WITH_AS(a.perform(create_veth({.near = {.name = "one"}, .far = {.name = "three"}})),
                       "create veth one with three: File exists", KernelError);
  CHECK_THROWS_WITH_AS(a.perform(delete_interface("four")), "delete interface four: No such device", KernelError);
  CHECK_THROWS_AS(a.perform(create_veth({.near = {.name = "a-name-of-16-byt"}, .far = {.name = "b"}})), Error);
}

TEST_CASE("a tap is made with its header and gone with its descriptor") {
  Place a;
  {
    const Fd tap = a.inside([] { return open_tap("tap0", {.vnet_hdr_size = 12}); });
    const auto found = find_interface(*a.socket, "tap0");
    REQUIRE(found);
    CHECK(found->kind == "tun");
    a.perform(set_up(found->index));
    set_offloads(tap.get(), true);
    set_offloads(tap.get(), false);
    // The interface says hello to its link (MLD, router solicitation): a frame with 12 bytes in front.
    pollfd entry{tap.get(), POLLIN, 0};
    REQUIRE(::poll(&entry, 1, 5000) == 1);
    std::array<unsigned char, 2048> frame;
    REQUIRE(::read(tap.get(), frame.data(), frame.size()) > 12 + 14);
    CHECK(frame[12 + 12] == 0x86);
    CHECK(frame[12 + 13] == 0xdd);
  }
  CHECK_FALSE(find_interface(*a.socket, "tap0"));
}

TEST_CASE("without privilege the machine lacks something, and what to do is said") {
  CHECK(in_child([] {
          check(::setresuid(65534, 65534, 65534), "drop privileges");
          return lacks([] { Namespace::create(); }, "run as root");
        }) == 0);
  CHECK(in_child([] {
          check(::unshare(CLONE_NEWNS), "unshare mounts");
          check(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
          check(::mount("none", "/dev/net", "tmpfs", 0, nullptr), "cover /dev/net");
          return lacks([] { open_tap("tap0"); }, "--device /dev/net/tun");
        }) == 0);
}

TEST_CASE("two taps of one name are refused by name") {
  Place a;
  a.inside([] {
    const Fd tap = open_tap("tap0");
    CHECK_THROWS_WITH_AS(open_tap("tap0"), "create tap tap0: Device or resource busy", Error);
  });
}

TEST_CASE("an interface's root qdisc is listed and taken away again") {
  Place a;
  const Fd tap = a.inside([] { return open_tap("tap0"); });
  const std::uint32_t index = find_interface(*a.socket, "tap0")->index;
  a.perform(set_up(index));
  std::string kinds;
  for (const auto& qdisc : list_qdiscs(*a.socket)) {
    if (qdisc.index == index && qdisc.parent == 0xffffffff) kinds += qdisc.kind + " ";
  }
  CHECK_MESSAGE(!kinds.empty(), "the kernel gives a tap that is up a qdisc of its own");
  CHECK_THROWS_AS(a.perform(delete_qdisc(index)), KernelError);  // the default one stays
}

TEST_CASE("a dormant interface is up and not running, and keeps its addresses, its neighbours and its packets") {
  Place a;
  Place b;
  connect(a, "to-b", "fd00::1/64", b, "to-a", "fd00::2/64");
  const std::uint32_t index = find_interface(*a.socket, "to-b")->index;
  const auto passes = [&] {
    const Fd there = b.inside([] { return udp("fd00::2", 9); });
    const Fd here = a.inside([] { return udp("fd00::1", 9); });
    return send_to(here, "fd00::2", 9) == 0 && receives(there) && send_to(there, "fd00::1", 9) == 0 && receives(here);
  };
  for (int times = 0; times < 2; ++times) {
    a.perform(set_operational(index, false));
    CHECK(find_interface(*a.socket, "to-b")->up);
    CHECK_FALSE(find_interface(*a.socket, "to-b")->running);
    CHECK(passes());
    a.perform(set_operational(index, true));
    CHECK(find_interface(*a.socket, "to-b")->running);
    CHECK(passes());
  }
  CHECK(find_interface(*b.socket, "to-a")->running);  // the other end hears of nothing
}

TEST_CASE("so is a TAP, whatever its carrier has been") {
  Place a;
  const Fd tap = a.inside([] { return open_tap("tap"); });
  a.perform(set_up("tap"));
  const std::uint32_t index = find_interface(*a.socket, "tap")->index;
  a.perform(set_operational(index, false));
  CHECK_FALSE(find_interface(*a.socket, "tap")->running);
  a.perform(set_operational(index, false));
  CHECK_FALSE(find_interface(*a.socket, "tap")->running);
  a.perform(set_operational(index, true));
  CHECK(find_interface(*a.socket, "tap")->running);
}
