// Packets that wait at a node of a real kernel: a sender, a router with a buffer, a receiver.
#include "nodes/relay/relay.hpp"

#include <arpa/inet.h>

#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/relay/ear.hpp"
#include "tests/netns/netlink/place.hpp"

using namespace segue;
using namespace segue::netlink;
using namespace std::chrono_literals;

namespace {

constexpr const char* data_address = "fd00:d::1";
constexpr std::uint32_t table = 3000;

sockaddr_in6 ipv6(const char* address) {
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_port = htons(5000);
  ::inet_pton(AF_INET6, address, &name.sin6_addr);
  return name;
}

Fd udp(Place& place, const char* address) {
  return place.inside([&] {
    Fd fd(check(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a UDP socket"));
    const auto name = ipv6(address);
    check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), "bind");
    const int on = 1;
    check(::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on), "ask for hop limits");
    return fd;
  });
}

protocol::Buffer buffer_for(bool uplink) {
  const Address address = parse_address(data_address);
  protocol::Buffer buffer{
      .device = "hold.0", .mtu = uplink ? 1500U : 65535U, .mark = 7, .addresses = {address}, .uplink = uplink};
  buffer.rules.push_back({.mark = 7, .table = 254, .priority = 890});
  Rule held{.table = table, .priority = 900};
  (uplink ? held.from : held.to) = host_prefix(address);
  buffer.rules.push_back(held);
  Route route;
  route.destination = uplink ? Prefix{} : host_prefix(address);
  route.table = table;
  route.type = RouteType::throw_;
  buffer.past.push_back(route);
  route.type = RouteType::unicast;
  route.device = buffer.device;
  buffer.into.push_back(route);
  Route last_resort;
  last_resort.destination = route.destination;
  last_resort.type = RouteType::blackhole;
  last_resort.metric = 0xfffffffe;
  buffer.into.push_back(last_resort);
  return buffer;
}

// left <-> router <-> right. D is right's for the downlink, with the buffer at the router; for the uplink it is left's own,
// with the buffer there.
struct Road {
  explicit Road(bool uplink) : buffer(buffer_for(uplink)) {
    connect(left, "router", "fd00:1::1/64", router, "left", "fd00:1::2/64");
    connect(router, "right", "fd00:2::1/64", right, "router", "fd00:2::2/64");
    (uplink ? left : right).perform(add_address(loopback_index, parse_prefix("fd00:d::1/128")));
    left.replace({.destination = Prefix{}, .via = parse_address("fd00:1::2"), .device = "router"});
    right.replace({.destination = Prefix{}, .via = parse_address("fd00:2::1"), .device = "router"});
    router.replace({.destination = parse_prefix("fd00:d::1/128"),
                    .via = parse_address(uplink ? "fd00:1::1" : "fd00:2::2"),
                    .device = uplink ? "left" : "right"});
    from = udp(left, uplink ? data_address : "fd00:1::1");
    to = udp(right, uplink ? "fd00:2::2" : data_address);
    destination = ipv6(uplink ? "fd00:2::2" : data_address);
    // A connected socket keeps its route for as long as it may.
    check(::connect(from.get(), reinterpret_cast<const sockaddr*>(&destination), sizeof destination), "connect");
    resolve_neighbours();
    place = uplink ? &left : &router;
    place->inside([&] {
      relay.emplace(loop, *place->socket, buffer,
                    [this](const protocol::BufferReport& one) { reports.push_back(one); });
      for (const auto& route : buffer.into) into.push_back(replace_route(route));
      for (const auto& route : buffer.past) past.push_back(replace_route(route));
    });
  }

  // The first packet may meet a link whose carrier the kernel has not noticed yet.
  void resolve_neighbours() {
    for (int attempt = 0; attempt < 100 && hop_limit == 0; ++attempt) {
      send(0, 1);
      pollfd ready{to.get(), POLLIN, 0};
      ::poll(&ready, 1, 100);
      arrived(0);
    }
    REQUIRE(hop_limit != 0);
  }

  void send(std::uint32_t first, std::uint32_t count) const {
    for (std::uint32_t i = first; i < first + count; ++i) {
      const auto sent = ::send(from.get(), &i, sizeof i, 0);
      REQUIRE(sent == sizeof i);
    }
  }
  // The numbers that have arrived once there are so many; and every hop limit is the same.
  std::vector<std::uint32_t> arrived(std::size_t count) {
    std::vector<std::uint32_t> numbers;
    for (;;) {
      pollfd ready{to.get(), POLLIN, 0};
      if (numbers.size() < count) ::poll(&ready, 1, 2000);
      std::uint32_t number = 0;
      iovec part{&number, sizeof number};
      alignas(cmsghdr) std::array<char, 64> control{};
      msghdr message{
          .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.data(), .msg_controllen = control.size()};
      if (::recvmsg(to.get(), &message, MSG_DONTWAIT) != sizeof number) return numbers;
      int hops = 0;
      std::memcpy(&hops, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof hops);
      if (hop_limit == 0) hop_limit = hops;
      CHECK(hops == hop_limit);
      numbers.push_back(number);
    }
  }
  // Until so many have come to the buffer, whether there was room for them or not.
  void await(std::uint64_t count) {
    const Instant limit = now() + 2s;
    const auto come = [&] { return relay->so_far().held + relay->so_far().dropped; };
    while (come() < count && now() < limit) loop.run_once(limit - now());
  }

  // Until the window has so many.
  void await_copies(std::size_t count) {
    const Instant limit = now() + 2s;
    while (relay->copies() < count && now() < limit) loop.run_once(limit - now());
    CHECK(relay->copies() == count);
  }

  Place left;
  Place router;
  Place right;
  protocol::Buffer buffer;
  Fd from;
  Fd to;
  sockaddr_in6 destination{};
  Place* place = nullptr;
  Loop loop;
  std::optional<relay::Relay> relay;
  std::vector<Request> into;
  std::vector<Request> past;
  std::vector<protocol::BufferReport> reports;
  int hop_limit = 0;
};

std::vector<std::uint32_t> numbers(std::uint32_t first, std::uint32_t count) {
  std::vector<std::uint32_t> result;
  for (std::uint32_t i = first; i < first + count; ++i) result.push_back(i);
  return result;
}

void goes_on_in_order(bool uplink) {
  Road road(uplink);
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
  goes_on_in_order(false);
}

TEST_CASE("what a node sends itself waits there, and goes on in its order") { goes_on_in_order(true); }

TEST_CASE("of a window only what its receiver has not heard yet is replayed, however many routers are between") {
  Road road(false);
  road.relay->open_window(road.into, 10s);
  std::optional<relay::Ear> ear;
  road.right.inside([&] { ear.emplace(road.loop, std::vector{parse_address(data_address)}); });
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
