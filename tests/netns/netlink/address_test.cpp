#include "nodes/netlink/address.hpp"

#include <algorithm>

#include "nodes/netlink/neighbour.hpp"
#include "nodes/netlink/rule.hpp"
#include "tests/netns/netlink/place.hpp"

using namespace segue;
using namespace segue::netlink;

TEST_CASE("IPv6 addresses are usable at once: the first datagram of fifty new links arrives") {
  for (int round = 0; round < 50; ++round) {
    CAPTURE(round);
    Place a;
    Place b;
    connect(a, "to-b", "fd00::1/64", b, "to-a", "fd00::2/64");
    const Fd from = a.inside([] { return udp("fd00::1", 1000); });
    const Fd to = b.inside([] { return udp("fd00::2", 1000); });
    REQUIRE(send_to(from, "fd00::2", 1000) == 0);
    // A neighbour solicitation that is lost is repeated after a second; that would be late.
    REQUIRE(receives(to, 500));
  }
}

TEST_CASE("addresses of both families are added, listed and deleted") {
  Place a;
  a.socket->perform({create_veth({.near = {.name = "one"}, .far = {.name = "two"}}), set_up("two")});
  const std::uint32_t index = find_interface(*a.socket, "one")->index;
  const auto is = [&](const InterfaceAddress& address, const char* text) {
    return address.index == index && address.prefix == parse_prefix(text);
  };
  const auto has = [&](const char* text) {
    const auto all = list_addresses(*a.socket, parse_prefix(text).address.family);
    return std::any_of(all.begin(), all.end(), [&](const auto& address) { return is(address, text); });
  };
  a.socket->perform({add_address(index, parse_prefix("fd00::1/64")), add_address(index, parse_prefix("10.0.0.1/24")),
                     add_address(index, parse_prefix("fd01::1/128"), {.peer = parse_address("fd01::2")})});
  CHECK(has("fd00::1/64"));
  CHECK(has("10.0.0.1/24"));
  const auto all = list_addresses(*a.socket, Family::ipv6);
  const auto with_peer = std::find_if(all.begin(), all.end(), [](const auto& address) { return address.peer; });
  REQUIRE(with_peer != all.end());
  CHECK(with_peer->prefix == parse_prefix("fd01::1/128"));
  CHECK(with_peer->peer == parse_address("fd01::2"));
  for (const auto& address : all) {
    if (address.prefix.address.bytes[0] == 0xfd) CHECK_FALSE(address.tentative);
  }
  a.socket->perform(
      {delete_address(index, parse_prefix("fd00::1/64")), delete_address(index, parse_prefix("10.0.0.1/24"))});
  CHECK_FALSE(has("fd00::1/64"));
  CHECK_FALSE(has("10.0.0.1/24"));
}

TEST_CASE("an address without its prefix route leaves the table as it was") {
  Place a;
  a.socket->perform({create_veth({.near = {.name = "one"}, .far = {.name = "two"}}), set_up("two")});
  const std::uint32_t index = find_interface(*a.socket, "one")->index;
  const auto before = list_routes(*a.socket, Family::ipv6);
  a.perform(add_address(index, parse_prefix("fd00::1/64"), {.noprefixroute = true}));
  CHECK(list_routes(*a.socket, Family::ipv6) == before);
}

TEST_CASE("a permanent neighbour is replaced, listed and deleted") {
  Place a;
  a.socket->perform({create_veth({.near = {.name = "one"}, .far = {.name = "two"}}), set_up("two")});
  const std::uint32_t index = find_interface(*a.socket, "one")->index;
  for (const char* text : {"fd00::9", "10.0.0.9"}) {
    CAPTURE(text);
    const Address address = parse_address(text);
    const auto known = [&] {
      std::vector<Neighbour> found;
      for (const auto& neighbour : list_neighbours(*a.socket, address.family)) {
        if (neighbour.address == address) found.push_back(neighbour);
      }
      return found;
    };
    a.perform(replace_neighbour(index, address, Mac{{2, 0, 0, 0, 0, 8}}));
    a.perform(replace_neighbour(index, address, Mac{{2, 0, 0, 0, 0, 9}}));
    CHECK(known() == std::vector{Neighbour{index, address, Mac{{2, 0, 0, 0, 0, 9}}, true}});
    a.perform(delete_neighbour(index, address));
    CHECK(known().empty());
  }
}

TEST_CASE("rules of both families are added, listed as they were given and deleted") {
  Place a;
  const std::vector<Rule> rules = {
      {.family = Family::ipv6, .from = parse_prefix("fd00:1::/64"), .iif = "lo", .table = 100, .priority = 10},
      {.family = Family::ipv6, .to = parse_prefix("fd00:2::/64"), .table = 70000, .priority = 11},
      {.family = Family::ipv4, .from = parse_prefix("10.0.0.0/8"), .table = 7, .priority = 12}};
  for (const Rule& rule : rules) {
    CAPTURE(to_text(rule));
    const auto has = [&] {
      const auto all = list_rules(*a.socket, rule.family);
      return std::count(all.begin(), all.end(), rule) == 1;
    };
    CHECK_FALSE(has());
    a.perform(add_rule(rule));
    CHECK(has());
    CHECK_THROWS_AS(a.perform(add_rule(rule)), KernelError);
    a.perform(delete_rule(rule));
    CHECK_FALSE(has());
  }
}

TEST_CASE("a rule sends what comes from an address to its table, and a throw there back to the next") {
  Place a;
  a.perform(add_address(loopback_index, parse_prefix("fd00::1/128")));
  a.perform(add_address(loopback_index, parse_prefix("fd00::2/128")));
  a.socket->perform({create_veth({.near = {.name = "one"}, .far = {.name = "two"}}), set_up("two")});
  const auto target = parse_prefix("fd09::1/128");
  a.replace({.destination = target, .device = "one"});
  a.replace({.destination = target, .type = RouteType::unreachable, .table = 100});
  a.perform(add_rule({.family = Family::ipv6, .from = parse_prefix("fd00::2/128"), .table = 100, .priority = 10}));
  const Fd first = a.inside([] { return udp("fd00::1", 1000); });
  const Fd second = a.inside([] { return udp("fd00::2", 1000); });
  CHECK(send_to(first, "fd09::1", 9) == 0);
  CHECK(send_to(second, "fd09::1", 9) == EHOSTUNREACH);
  a.replace({.destination = target, .type = RouteType::throw_, .table = 100});
  CHECK(send_to(second, "fd09::1", 9) == 0);
}
