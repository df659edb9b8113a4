#include "nodes/probe/voip.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>

#include "nodes/base/error.hpp"
#include "nodes/probe/score.hpp"
#include "tests/netns/netlink/place.hpp"

using namespace segue;
using namespace segue::probe;
using namespace std::chrono_literals;
using netlink::Place;

namespace {

constexpr auto mobile_address = "fd00:a::1";
constexpr auto correspondent_address = "fd00:b::1";

// A mobile and a correspondent, and a router between them.
struct Path {
  Path() {
    connect(mobile, "up", "fd00:a::1/64", router, "left", "fd00:a::2/64");
    connect(correspondent, "up", "fd00:b::1/64", router, "right", "fd00:b::2/64");
    mobile.replace(on());
    correspondent.replace(
        {.destination = parse_prefix("fd00:a::/64"), .via = parse_address("fd00:b::2"), .device = "up"});
  }
  static netlink::Route on() {
    return {.destination = host_prefix(parse_address(correspondent_address)),
            .via = parse_address("fd00:a::2"),
            .device = "up"};
  }
  static netlink::Route blackhole(const char* address) {
    return {.destination = host_prefix(parse_address(address)), .type = netlink::RouteType::blackhole};
  }

  Place mobile;
  Place router;
  Place correspondent;
};

VoipFlow flow(const char* local, const char* remote) {
  return {.local = parse_address(local), .remote = parse_address(remote), .port = 5004, .interval = 5ms};
}

// One end of the call.
struct End {
  End(Loop& loop, Place& place, const char* local, const char* remote, Instant first, std::uint64_t count)
      : socket(place.inside([&] { return open_voip_socket(flow(local, remote)); })),
        receiver(loop, socket.get(), flow(local, remote)),
        sender(loop, socket.get(), flow(local, remote), first, count) {}

  Fd socket;
  VoipReceiver receiver;
  VoipSender sender;
};

}  // namespace

TEST_CASE("a call loses what its routes lost, each way, and what its own kernel refused") {
  Path path;
  Loop loop;
  const Instant first = now() + 20ms;
  constexpr std::uint64_t count = 80;
  End up(loop, path.mobile, mobile_address, correspondent_address, first, count);
  End down(loop, path.correspondent, correspondent_address, mobile_address, first, count);

  // Packets 20 to 29 of the uplink meet a blackhole at the mobile, 40 to 44 of the downlink one at the router. Timers
  // of one loop fire in order, so the routes change between these packets and no others.
  const auto before = [&](std::uint64_t packet) { return first + packet * 5ms - 2500us; };
  loop.at(before(20), [&] { path.mobile.replace(Path::blackhole(correspondent_address)); });
  loop.at(before(30), [&] { path.mobile.replace(Path::on()); });
  loop.at(before(40), [&] { path.router.replace(Path::blackhole(mobile_address)); });
  loop.at(before(45),
          [&] { path.router.replace({.destination = host_prefix(parse_address(mobile_address)), .device = "left"}); });
  const Instant limit = now() + 20s;
  while (now() < limit && (up.receiver.records().size() < count - 5 || down.receiver.records().size() < count - 10 ||
                           !up.sender.done() || !down.sender.done())) {
    loop.run_once(1s);
  }

  const ScoreOptions options{.interval_ns = 5'000'000};
  const auto uplink = score(up.sender.records(), down.receiver.records(), options);
  CHECK(uplink.sent == count);
  CHECK(uplink.lost == 10);
  CHECK(uplink.duplicated == 0);
  CHECK(uplink.delay_min_ns > 0);
  CHECK(uplink.interruption_ns > 30'000'000);  // 55 ms, less what its beginning came late

  const auto downlink = score(down.sender.records(), up.receiver.records(), options);
  CHECK(downlink.sent == count);
  CHECK(downlink.lost == 5);
  CHECK(downlink.interruption_ns > 8'000'000);  // 30 ms, likewise
}

TEST_CASE("a sender that is held up sends what fell due and shifts no other packet") {
  Path path;
  Loop loop;
  const Instant first = now() - 50ms;  // as if the loop had been away for that long
  End up(loop, path.mobile, mobile_address, correspondent_address, first, 30);
  while (!up.sender.done()) loop.run_once(1s);
  const auto sent = up.sender.records();
  REQUIRE(sent.size() == 30);
  for (const Sent& packet : sent) {
    CAPTURE(packet.sequence);
    CHECK(packet.sent_ns >= to_ns(first) + static_cast<std::int64_t>(packet.sequence) * 5'000'000);
  }
  CHECK(sent[9].sent_ns - sent[0].sent_ns < 45'000'000);  // these were due already
}

TEST_CASE("what is no packet of the call is counted and left out") {
  Path path;
  Loop loop;
  const auto call = flow(correspondent_address, mobile_address);
  const Fd socket = path.correspondent.inside([&] { return open_voip_socket(call); });
  VoipReceiver receiver(loop, socket.get(), call);
  path.mobile.inside([&] {
    const Fd stranger = netlink::udp(mobile_address, 5005);
    CHECK(netlink::send_to(stranger, correspondent_address, 5004) == 0);
    const Fd peer = netlink::udp(mobile_address, 5004);
    CHECK(netlink::send_to(peer, correspondent_address, 5004) == 0);
  });
  while (receiver.foreign() < 2 && loop.run_once(5s)) {
  }
  CHECK(receiver.foreign() == 2);
  CHECK(receiver.records().empty());
}

TEST_CASE("a call's socket is marked EF, with either family") {
  Path path;
  path.mobile.inside([] {
    const Fd ipv6 = open_voip_socket(flow(mobile_address, correspondent_address));
    int value = 0;
    socklen_t size = sizeof value;
    CHECK(::getsockopt(ipv6.get(), IPPROTO_IPV6, IPV6_TCLASS, &value, &size) == 0);
    CHECK(value == 46 << 2);
    const Fd ipv4 = open_voip_socket(flow("127.0.0.1", "127.0.0.1"));
    CHECK(::getsockopt(ipv4.get(), IPPROTO_IP, IP_TOS, &value, &size) == 0);
    CHECK(value == 46 << 2);
    CHECK_THROWS_WITH_AS(open_voip_socket(flow("fd00:c::1", correspondent_address)),
                         "bind a call to fd00:c::1 port 5004: Cannot assign requested address", Error);
  });
}

TEST_CASE("a call whose port a program has says which one, and what to do") {
  Path path;
  path.mobile.inside([] {
    const Fd taken = open_voip_socket(flow(mobile_address, correspondent_address));
    CHECK_THROWS_WITH_AS(open_voip_socket(flow(mobile_address, correspondent_address)),
                         doctest::Contains("port 5004: a program has this UDP port"), Error);
  });
}

TEST_CASE("a call works over IPv4 as well") {
  Place place;
  Loop loop;
  End both(loop, place, "127.0.0.1", "127.0.0.1", now(), 10);
  const Instant limit = now() + 5s;
  while (both.receiver.records().size() < 10 && now() < limit) loop.run_once(1s);
  CHECK(score(both.sender.records(), both.receiver.records()).lost == 0);
  CHECK_THROWS_AS(VoipSender(loop, both.socket.get(), {.payload = 31}, now()), InputError);
}
