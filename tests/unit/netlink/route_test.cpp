#include "nodes/netlink/route.hpp"

#include <doctest/doctest.h>
#include <linux/rtnetlink.h>

#include <random>

#include "nodes/netlink/rule.hpp"
#include "nodes/netlink/seg6.hpp"

using namespace segue;
using namespace segue::netlink;

namespace {

Encapsulation through_attributes(const Encapsulation& encapsulation) {
  Message message(RTM_NEWROUTE);
  message.header(rtmsg{});
  put_encapsulation(message, encapsulation);
  const Request request = message.request("");
  const auto payload = payload_of<rtmsg>(*reinterpret_cast<const nlmsghdr*>(request.message().data()));
  const auto type = payload.attributes.get<std::uint16_t>(RTA_ENCAP_TYPE);
  return type ? decode_encapsulation(*type, payload.attributes.at(RTA_ENCAP)) : Encapsulation{};
}

}  // namespace

TEST_CASE("routes read as ip route prints them") {
  const auto prefix = parse_prefix("fd00::1/128");
  CHECK(to_text(Route{.destination = prefix, .via = parse_address("fd00::2"), .device = "ar1", .metric = 5}) ==
        "fd00::1/128 via fd00::2 dev ar1 metric 5");
  CHECK(to_text(Route{.destination = prefix, .type = RouteType::blackhole, .table = 100}) ==
        "blackhole fd00::1/128 table 100");
  CHECK(to_text(Route{.destination = parse_prefix("10.0.0.0/8"), .via = parse_address("fe80::1"), .device = "e"}) ==
        "10.0.0.0/8 via inet6 fe80::1 dev e");
  const Seg6Encap encap{{parse_address("fd00:1::"), parse_address("fd00:2::")}};
  CHECK(to_text(Route{.destination = prefix, .device = "e", .encapsulation = encap}) ==
        "fd00::1/128 encap seg6 mode encap segs fd00:1::,fd00:2:: dev e");
  CHECK(to_text(Route{.destination = prefix, .encapsulation = Seg6EndDt6{1001}}) ==
        "fd00::1/128 encap seg6local action End.DT6 table 1001");
  CHECK(to_text(Route{.destination = prefix, .encapsulation = Seg6EndDx4{parse_address("240.0.3.233")}}) ==
        "fd00::1/128 encap seg6local action End.DX4 nh4 240.0.3.233");
}

TEST_CASE("a route over a device that is not there is refused with the route and the device") {
  const Route route{.destination = parse_prefix("fd00::1/128"), .device = "no-such-if"};
  CHECK_THROWS_WITH_AS(replace_route(route),
                       "replace route fd00::1/128 dev no-such-if: no interface \"no-such-if\" in this namespace",
                       Error);
}

TEST_CASE("encapsulations are read back from the attributes they are written as") {
  Seg6Encap many;
  for (int i = 0; i < 127; ++i) many.segments.push_back(parse_address("fd00::" + std::to_string(i)));
  const std::vector<Encapsulation> all = {std::monostate{},
                                          Seg6Encap{{parse_address("fd00::1")}},
                                          Seg6Encap{{parse_address("fd00::1"), parse_address("fd00::2")}},
                                          many,
                                          Seg6EndDt6{100},
                                          Seg6EndDx4{parse_address("240.0.0.100")},
                                          Seg6EndDx4{}};
  for (const auto& encapsulation : all) CHECK(through_attributes(encapsulation) == encapsulation);
}

TEST_CASE("an encapsulation without a segment, with too many or with one that is not IPv6 is refused") {
  CHECK_THROWS_AS(through_attributes(Seg6Encap{}), Error);
  CHECK_THROWS_AS(through_attributes(Seg6Encap{std::vector<Address>(128)}), Error);
  CHECK_THROWS_AS(through_attributes(Seg6Encap{{parse_address("10.0.0.1")}}), Error);
  CHECK_THROWS_AS(through_attributes(Seg6EndDx4{parse_address("fd00::1")}), Error);
}

TEST_CASE("garbled encapsulations are refused or read as something, and nothing else happens") {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::byte> bytes(random() % 64);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random() % 4 == 0 ? random() : random() % 32);
    for (const std::uint16_t type : {5, 7, 1}) {
      try {
        decode_encapsulation(type, bytes);
      } catch (const Error&) {
      }
    }
  }
}

TEST_CASE("an encapsulation that is cut off is refused") {
  Message message(RTM_NEWROUTE);
  message.header(rtmsg{});
  put_encapsulation(message, Seg6Encap{{parse_address("fd00::1")}});
  const Request request = message.request("");
  const auto payload = payload_of<rtmsg>(*reinterpret_cast<const nlmsghdr*>(request.message().data()));
  const auto whole = payload.attributes.at(RTA_ENCAP);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_THROWS_AS(decode_encapsulation(5, whole.first(size)), Error);
  }
}

TEST_CASE("rules read as ip rule prints them") {
  CHECK(to_text(Rule{.from = parse_prefix("fd00::/64"), .iif = "lo", .table = 100, .priority = 10}) ==
        "from fd00::/64 iif lo lookup 100 priority 10");
  CHECK(to_text(Rule{}) == "from all lookup 254 priority 0");
}
