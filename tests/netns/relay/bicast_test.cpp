// Packets that go their way, and copies of them that go another.
#include "tests/netns/relay/road.hpp"

using namespace segue;
using namespace segue::netlink;
using namespace segue::test;
using namespace std::chrono_literals;

namespace {

// Another place that has D's address too, where copies are led.
struct Fork : Road {
  Fork() : Road(false) {
    connect(router, "other", "fd00:3::1/64", other, "router", "fd00:3::2/64");
    other.perform(add_address(loopback_index, parse_prefix("fd00:d::1/128")));
    other.inside(settle);
    other.replace({.destination = Prefix{}, .via = parse_address("fd00:3::1"), .device = "router"});
    copy = udp(other, over_ipv6, over_ipv6.data);
    resolve_other();
    router.inside([&] {
      ways.push_back(replace_route({.destination = parse_prefix("fd00:d::1/128"),
                                    .via = parse_address("fd00:3::2"),
                                    .device = "other",
                                    .table = copies_table}));
    });
  }

  void resolve_other() {
    const Fd near = udp(router, over_ipv6, "fd00:3::1");
    const Fd far = udp(other, over_ipv6, "fd00:3::2");
    const Name name = name_of(parse_address("fd00:3::2"));
    pollfd ready{far.get(), POLLIN, 0};
    for (int attempt = 0; attempt < 100 && ready.revents == 0; ++attempt) {
      ::sendto(near.get(), "x", 1, 0, name.get(), name.size);
      ::poll(&ready, 1, 100);
    }
    REQUIRE(ready.revents != 0);
  }

  Place other;
  Fd copy;
  std::vector<Request> ways;
};

}  // namespace

TEST_CASE("every packet goes its way and a copy of it another, as it came, until that is over") {
  Fork fork;
  fork.relay->bicast(fork.ways, fork.into, 0ns);
  fork.send(0, 30);
  fork.await(30);
  CHECK(fork.arrived(30) == numbers(0, 30));
  CHECK(fork.arrived(30, fork.copy) == numbers(0, 30));
  fork.relay->end_bicast(fork.past, 4);
  fork.send(30, 5);
  CHECK(fork.arrived(5) == numbers(30, 5));
  CHECK(fork.arrived(0, fork.copy).empty());
  REQUIRE(fork.reports.size() == 1);
  CHECK(fork.reports[0].handover == 4);
  CHECK(fork.reports[0].copied == 30);
  CHECK(fork.reports[0].held == 0);
  // Each with the kernel's stamp, which is no later than the packet's sending.
  REQUIRE(fork.lateness.size() == 30);
  for (const Delay late : fork.lateness) CHECK(late >= 0ns);
}

TEST_CASE("copies leave so much later, in their order, and those that are still to go at once when that is over") {
  Fork fork;
  fork.relay->bicast(fork.ways, fork.into, 30ms);
  const Instant begin = now();
  fork.send(0, 10);
  fork.await(10);
  CHECK(fork.arrived(10) == numbers(0, 10));
  std::vector<std::uint32_t> copies;
  while (copies.size() < 10 && now() < begin + 2s) {
    fork.loop.run_once(2s);
    for (const auto number : fork.arrived(0, fork.copy)) {
      CHECK(now() - begin >= 30ms);
      copies.push_back(number);
    }
  }
  CHECK(copies == numbers(0, 10));
  fork.relay->bicast(fork.ways, fork.into, 1h);
  fork.send(10, 10);
  fork.await(20);
  CHECK(fork.arrived(0, fork.copy).empty());
  fork.relay->bicast(fork.ways, fork.into, 1h);  // told anew
  CHECK(fork.arrived(10, fork.copy) == numbers(10, 10));
  fork.send(20, 3);
  fork.await(23);
  fork.relay->end_bicast(fork.past, 1);
  CHECK(fork.arrived(3, fork.copy) == numbers(20, 3));
  CHECK(fork.arrived(13) == numbers(10, 13));
}
