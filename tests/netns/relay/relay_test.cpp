// Packets that wait at a node of a real kernel, or go through it.
#include "nodes/relay/relay.hpp"

#include "nodes/relay/ear.hpp"
#include "tests/netns/relay/road.hpp"

using namespace segue;
using namespace segue::netlink;
using namespace segue::test;
using namespace std::chrono_literals;

namespace {

void goes_on_in_order(bool uplink, const Names& names) {
  Road road(uplink, names);
  road.send(0, 3);
  CHECK(road.arrived(3) == numbers(0, 3));
  road.relay->hold(road.into, 1000, false);
  road.send(3, 40);
  road.await(40);
  CHECK(road.arrived(0).empty());
  road.send(43, 7);
  road.await(47);
  road.relay->release(road.past, 9);
  road.send(50, 3);
  CHECK(road.arrived(50) == numbers(3, 50));
  REQUIRE(road.reports.size() == 1);
  CHECK(road.reports[0].handover == 9);
  CHECK(road.reports[0].uplink == uplink);
  CHECK(road.reports[0].held == 47);
  CHECK(road.reports[0].deepest >= 40);
  CHECK(road.reports[0].dropped == 0);
  CHECK(road.reports[0].longest_wait_ns > 0);
}

}  // namespace

TEST_CASE("what waits at a router goes on in its order, before what comes later, and as it came") {
  SUBCASE("IPv6") { goes_on_in_order(false, over_ipv6); }
  SUBCASE("IPv4") { goes_on_in_order(false, over_ipv4); }
}

TEST_CASE("what a node sends itself waits there, and goes on in its order") {
  SUBCASE("IPv6") { goes_on_in_order(true, over_ipv6); }
  SUBCASE("IPv4") { goes_on_in_order(true, over_ipv4); }
}

namespace {

void replays_what_was_not_heard(const Names& names) {
  Road road(false, names);
  road.relay->open_window(road.into, 10s);
  std::optional<relay::Ear> ear;
  road.right.inside([&] { ear.emplace(road.loop, std::vector{parse_address(names.data)}); });
  CHECK(ear->last().empty());
  road.send(0, 5);
  road.await_copies(5);
  CHECK(road.arrived(5) == numbers(0, 5));
  const std::string heard = ear->last();
  CHECK(heard.size() == 16);
  road.send(5, 3);
  road.await_copies(8);
  CHECK(road.arrived(3) == numbers(5, 3));
  CHECK(ear->last() != heard);
  road.relay->forget_until(heard);
  road.relay->replay(4);
  CHECK(road.arrived(3) == numbers(5, 3));
  REQUIRE(road.reports.size() == 1);
  CHECK(road.reports[0].replayed == 3);

  road.send(8, 2);
  road.await_copies(2);
  CHECK(road.arrived(2) == numbers(8, 2));
  road.relay->forget_until(heard);  // nothing has a copy of that any more
  road.relay->replay(5);
  CHECK(road.arrived(2) == numbers(8, 2));
  CHECK(road.reports[1].replayed == 2);
}

}  // namespace

TEST_CASE("of a window only what its receiver has not heard yet is replayed, however many routers are between") {
  SUBCASE("IPv6") { replays_what_was_not_heard(over_ipv6); }
  SUBCASE("IPv4") { replays_what_was_not_heard(over_ipv4); }
}

TEST_CASE("where a buffer has no room the new packet is dropped, or the oldest, and a discarded one loses all") {
  Road road(false);
  road.relay->hold(road.into, 10, false);
  road.send(0, 15);
  road.await(15);
  road.relay->release(road.past, 1);
  CHECK(road.arrived(10) == numbers(0, 10));
  road.relay->hold(road.into, 10, true);
  road.send(0, 15);
  road.await(15);
  road.relay->release(road.past, 2);
  CHECK(road.arrived(10) == numbers(5, 10));
  road.relay->hold(road.into, 10, false);
  road.send(0, 4);
  road.await(4);
  road.relay->discard(road.past, 3);
  road.send(7, 1);
  CHECK(road.arrived(1) == numbers(7, 1));
  REQUIRE(road.reports.size() == 3);
  CHECK(road.reports[0].dropped == 5);
  CHECK(road.reports[1].dropped == 5);
  CHECK(road.reports[1].held == 10);
  CHECK(road.reports[2].discarded == 4);
  CHECK(road.reports[2].handover == 3);
}

TEST_CASE("what comes out of another segment waits by itself, and what comes directly goes on") {
  Road road(false);
  for (Place* place : {&road.left, &road.router}) {
    place->inside([] {
      for (const char* scope : {"all", "default"}) {
        write_sysctl(std::string("net/ipv6/conf/") + scope + "/seg6_enabled", "1");
      }
    });
  }
  road.router.inside([] { write_sysctl("net/ipv6/conf/left/seg6_enabled", "1"); });
  const Prefix segment = parse_prefix("fd00:5e::f/128");
  const auto ends_in = [&](std::uint32_t in_table) {
    return Route{.destination = segment, .device = "left", .encapsulation = Seg6EndDt6{in_table}};
  };
  const auto leads = [&](std::optional<Seg6Encap> tunnel) {
    Route route{.destination = parse_prefix("fd00:d::1/128"), .via = parse_address("fd00:1::2"), .device = "router"};
    if (tunnel) route.encapsulation = *tunnel;
    road.left.replace(route);
  };
  protocol::Buffer forwarded{
      .device = "hold-f.0", .mtu = 65535, .mark = 8, .addresses = {parse_address(over_ipv6.data)}};
  forwarded.rules.push_back({.mark = 8, .table = 254, .priority = 890});
  std::vector<protocol::BufferReport> reports;
  std::optional<relay::Relay> relay;
  road.router.inside([&] {
    relay.emplace(road.loop, *road.router.socket, forwarded,
                  [&](const protocol::BufferReport& one) { reports.push_back(one); });
    const Route aside{
        .destination = parse_prefix("fd00:d::1/128"), .device = forwarded.device, .table = forwarded_table};
    relay->hold({replace_route(aside), replace_route(ends_in(forwarded_table))}, 1000, false);
  });
  leads(Seg6Encap{{segment.address}});
  road.send(0, 3);
  const Instant limit = now() + 2s;
  while (relay->so_far().held < 3 && now() < limit) road.loop.run_once(limit - now());
  CHECK(relay->so_far().held == 3);
  leads(std::nullopt);
  road.send(3, 3);
  CHECK(road.arrived(3) == numbers(3, 3));
  road.router.inside([&] { relay->release({replace_route(ends_in(254))}, 5); });
  CHECK(road.arrived(3) == numbers(0, 3));
  leads(Seg6Encap{{segment.address}});
  road.send(6, 1);
  CHECK(road.arrived(1) == numbers(6, 1));
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].held == 3);
}
