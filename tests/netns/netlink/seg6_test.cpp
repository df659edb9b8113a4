#include <algorithm>
#include <cerrno>

#include "tests/netns/netlink/place.hpp"

using namespace segue;
using namespace segue::netlink;

namespace {

// map - ar1 - mn and map - ar2 - mn. Only the tunnels know the way to the mobile node's address fd00:d::1.
struct Domain {
  Domain() {
    connect(map, "ar1", "fd00:1::1/64", ar1, "map", "fd00:1::2/64");
    connect(map, "ar2", "fd00:2::1/64", ar2, "map", "fd00:2::2/64");
    connect(mn, "ar1", "fd00:11::1/64", ar1, "mn", "fd00:11::2/64");
    connect(mn, "ar2", "fd00:12::1/64", ar2, "mn", "fd00:12::2/64");
    mn.perform(add_address(loopback_index, parse_prefix("fd00:d::1/128")));
    mn.inside(settle);
    for (Place* node : {&map, &ar1, &ar2, &mn}) {
      node->inside([] {
        write_sysctl("net/ipv6/conf/all/seg6_enabled", "1");
        write_sysctl("net/ipv6/conf/default/seg6_enabled", "1");
      });
    }
    allow_segments(ar1);
    allow_segments(ar2);
    end_at(ar1, "fd00:5e91::1", "fd00:11::1");
    end_at(ar2, "fd00:5e92::1", "fd00:12::1");
    map.replace({.destination = parse_prefix("fd00:5e91::/64"), .via = parse_address("fd00:1::2"), .device = "ar1"});
    map.replace({.destination = parse_prefix("fd00:5e92::/64"), .via = parse_address("fd00:2::2"), .device = "ar2"});
  }
  static void allow_segments(Place& ar) {
    ar.inside([] { write_sysctl("net/ipv6/conf/map/seg6_enabled", "1"); });
  }
  static void end_at(Place& ar, const char* segment, const char* next_hop) {
    ar.replace({.destination = host_prefix(parse_address(segment)), .device = "mn", .encapsulation = Seg6EndDt6{77}});
    ar.replace(
        {.destination = parse_prefix("fd00:d::1/128"), .via = parse_address(next_hop), .device = "mn", .table = 77});
  }
  void send_through(const char* segment, const char* device, bool reduced = false) {
    map.replace({.destination = parse_prefix("fd00:d::1/128"),
                 .device = device,
                 .encapsulation = Seg6Encap{{parse_address(segment)}, reduced}});
  }

  Place map;
  Place ar1;
  Place ar2;
  Place mn;
};

Fd every_packet() {
  return Fd(check(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(0x86dd)), "open a packet socket"));
}

// Of what has come there since it was asked last.
ssize_t longest_in(const Fd& wire) {
  ssize_t longest = 0;
  std::array<char, 2048> bytes{};
  for (ssize_t size = 0; (size = ::recv(wire.get(), bytes.data(), bytes.size(), MSG_DONTWAIT)) > 0;) {
    longest = std::max(longest, size);
  }
  return longest;
}

}  // namespace

TEST_CASE("one replacement at the anchor moves the mobile node's traffic from one access router to the other") {
  Domain domain;
  const Fd from = domain.map.inside([] { return udp("fd00:1::1", 1000); });
  const Fd to = domain.mn.inside([] { return udp("fd00:d::1", 1000); });
  CHECK(send_to(from, "fd00:d::1", 1000) == ENETUNREACH);

  domain.send_through("fd00:5e91::1", "ar1");
  REQUIRE(send_to(from, "fd00:d::1", 1000) == 0);
  CHECK(receives(to));

  // With the old access router's end of the tunnel gone, only the new one can deliver.
  domain.ar1.inside([&] { domain.ar1.perform(delete_route({.destination = parse_prefix("fd00:5e91::1/128")})); });
  domain.send_through("fd00:5e92::1", "ar2");
  REQUIRE(send_to(from, "fd00:d::1", 1000) == 0);
  CHECK(receives(to));

  domain.map.replace({.destination = parse_prefix("fd00:d::1/128"), .type = RouteType::blackhole});
  CHECK(send_to(from, "fd00:d::1", 1000) == EINVAL);
}

TEST_CASE("a tunnel adds 64 bytes with a segment routing header, and without one the 40 of an IPv6 header") {
  Domain domain;
  const Fd from = domain.map.inside([] { return udp("fd00:1::1", 1000); });
  const Fd to = domain.mn.inside([] { return udp("fd00:d::1", 1000); });
  const Fd wire = domain.ar1.inside([] { return every_packet(); });
  // Of the longest packet seen at the access router until ours has arrived.
  const auto length_on_the_way = [&](bool reduced) {
    domain.send_through("fd00:5e91::1", "ar1", reduced);
    REQUIRE(send_to(from, "fd00:d::1", 1000) == 0);
    CHECK(receives(to));
    return longest_in(wire);
  };
  const auto with_header = length_on_the_way(false);
  const auto without = length_on_the_way(true);
  CHECK(with_header - without == 24);
  CHECK(without == 40 + 40 + 8 + 1);
}

TEST_CASE("a tunnel that is led over a node goes there first, and adds 80 bytes, or 64 without its first segment") {
  Domain domain;
  const Fd from = domain.map.inside([] { return udp("fd00:1::1", 1000); });
  const Fd to = domain.mn.inside([] { return udp("fd00:d::1", 1000); });
  domain.ar1.replace(
      {.destination = parse_prefix("fd00:5e91:0:0:c::/128"), .device = "map", .encapsulation = Seg6End{}});
  domain.ar1.replace(
      {.destination = parse_prefix("fd00:5e92::/64"), .via = parse_address("fd00:1::1"), .device = "map"});
  const auto listed = list_routes(*domain.ar1.socket, Family::ipv6);
  const auto end = std::find_if(listed.begin(), listed.end(), [](const Route& route) {
    return std::holds_alternative<Seg6End>(route.encapsulation);
  });
  REQUIRE(end != listed.end());
  CHECK(end->destination == parse_prefix("fd00:5e91:0:0:c::/128"));
  const Fd first = domain.ar1.inside([] { return every_packet(); });
  const Fd second = domain.ar2.inside([] { return every_packet(); });
  for (const bool reduced : {false, true}) {
    const int adds = reduced ? 64 : 80;
    CAPTURE(reduced);
    domain.map.replace(
        {.destination = parse_prefix("fd00:d::1/128"),
         .device = "ar1",
         .encapsulation = Seg6Encap{{parse_address("fd00:5e91:0:0:c::"), parse_address("fd00:5e92::1")}, reduced}});
    REQUIRE(send_to(from, "fd00:d::1", 1000) == 0);
    CHECK(receives(to));
    CHECK(longest_in(first) == adds + 40 + 8 + 1);
    CHECK(longest_in(second) == adds + 40 + 8 + 1);
  }
}

TEST_CASE("what comes out of a tunnel goes where the table it ends in says, whatever that has become") {
  Domain domain;
  domain.send_through("fd00:5e91::1", "ar1");
  const Fd from = domain.map.inside([] { return udp("fd00:1::1", 1000); });
  const Fd to = domain.mn.inside([] { return udp("fd00:d::1", 1000); });
  domain.ar1.replace({.destination = parse_prefix("fd00:d::1/128"), .type = RouteType::blackhole, .table = 77});
  REQUIRE(send_to(from, "fd00:d::1", 1000) == 0);
  // Back to the anchor, which knows the other way.
  domain.ar1.replace({.destination = parse_prefix("fd00:d::1/128"),
                      .via = parse_address("fd00:1::1"),
                      .device = "map",
                      .table = 77,
                      .encapsulation = Seg6Encap{{parse_address("fd00:5e92::1")}}});
  domain.ar1.replace(
      {.destination = parse_prefix("fd00:5e92::/64"), .via = parse_address("fd00:1::1"), .device = "map"});
  for (Place* node : {&domain.map, &domain.ar1}) {
    node->inside([] { write_sysctl("net/ipv6/conf/all/forwarding", "1"); });
  }
  REQUIRE(send_to(from, "fd00:d::1", 1000) == 0);
  CHECK(receives(to));
}
