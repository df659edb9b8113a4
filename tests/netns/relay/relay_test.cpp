// Packets that wait at a node of a real kernel: a sender, a router with a buffer, a receiver.
#include "nodes/relay/relay.hpp"

#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/relay/ear.hpp"
#include "tests/netns/netlink/place.hpp"

using namespace segue;
using namespace segue::netlink;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t table = 3000;
constexpr std::uint32_t forwarded_table = 5000;
constexpr std::uint32_t copies_table = 7000;

// What the three have in either family. The links have IPv6 alone.
struct Names {
  Family family;
  const char* data;
  const char* left;
  const char* right;
  int socket_family;
  int level;
  int ask_for_hops;
};
constexpr Names over_ipv6{Family::ipv6, "fd00:d::1",  "fd00:a::1",      "fd00:b::1",
                          AF_INET6,     IPPROTO_IPV6, IPV6_RECVHOPLIMIT};
constexpr Names over_ipv4{Family::ipv4, "10.0.0.13", "10.0.0.1", "10.0.0.2", AF_INET, IPPROTO_IP, IP_RECVTTL};

Prefix all_of(Family family) { return {Address{.family = family}, 0}; }

struct Name {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Name name_of(const Address& address) {
  constexpr std::uint16_t port = 5000;
  Name name;
  if (address.family == Family::ipv4) {
    auto& ipv4 = reinterpret_cast<sockaddr_in&>(name.storage);
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(port);
    std::memcpy(&ipv4.sin_addr, address.bytes.data(), sizeof ipv4.sin_addr);
    name.size = sizeof ipv4;
  } else {
    auto& ipv6 = reinterpret_cast<sockaddr_in6&>(name.storage);
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(port);
    std::memcpy(&ipv6.sin6_addr, address.bytes.data(), sizeof ipv6.sin6_addr);
    name.size = sizeof ipv6;
  }
  return name;
}

Fd udp(Place& place, const Names& names, const char* address) {
  return place.inside([&] {
    Fd fd(check(::socket(names.socket_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a UDP socket"));
    const Name name = name_of(parse_address(address));
    check(::bind(fd.get(), name.get(), name.size), "bind");
    const int on = 1;
    check(::setsockopt(fd.get(), names.level, names.ask_for_hops, &on, sizeof on), "ask for hop limits");
    return fd;
  });
}

protocol::Buffer buffer_for(bool uplink, const Names& names) {
  const Address address = parse_address(names.data);
  protocol::Buffer buffer{.device = "hold.0",
                          .mtu = uplink ? 1500U : 65535U,
                          .mark = 7,
                          .copy_mark = 9,
                          .addresses = {address},
                          .uplink = uplink};
  buffer.rules.push_back({.family = names.family, .mark = 9, .table = copies_table, .priority = 890});
  buffer.rules.push_back({.family = names.family, .mark = 7, .table = 254, .priority = 890});
  Rule held{.family = names.family, .table = table, .priority = 900};
  (uplink ? held.from : held.to) = host_prefix(address);
  buffer.rules.push_back(held);
  Route route;
  route.destination = uplink ? all_of(names.family) : host_prefix(address);
  route.table = table;
  route.type = RouteType::throw_;
  buffer.past.push_back(route);
  route.type = RouteType::unicast;
  route.device = buffer.device;
  buffer.into.push_back(route);
  if (names.family == Family::ipv4) return buffer;  // its sockets look up a route anew after any change
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
  explicit Road(bool uplink, const Names& names = over_ipv6) : buffer(buffer_for(uplink, names)) {
    for (Place* node : {&left, &router, &right}) {
      node->inside([] {
        write_sysctl("net/ipv4/ip_forward", "1");
        for (const char* scope : {"all", "default"}) {
          write_sysctl(std::string("net/ipv4/conf/") + scope + "/rp_filter", "0");
        }
      });
    }
    connect(left, "router", "fd00:1::1/64", router, "left", "fd00:1::2/64");
    connect(router, "right", "fd00:2::1/64", right, "router", "fd00:2::2/64");
    const auto lives = [&](Place& where, bool to_the_left, const char* address) {
      where.perform(add_address(loopback_index, host_prefix(parse_address(address))));
      router.replace({.destination = host_prefix(parse_address(address)),
                      .via = parse_address(to_the_left ? "fd00:1::1" : "fd00:2::2"),
                      .device = to_the_left ? "left" : "right"});
    };
    lives(left, true, names.left);
    lives(right, false, names.right);
    lives(uplink ? left : right, uplink, names.data);
    const Prefix anywhere = all_of(names.family);
    left.replace({.destination = anywhere, .via = parse_address("fd00:1::2"), .device = "router"});
    right.replace({.destination = anywhere, .via = parse_address("fd00:2::1"), .device = "router"});
    from = udp(left, names, uplink ? names.data : names.left);
    to = udp(right, names, uplink ? names.right : names.data);
    const Name destination = name_of(parse_address(uplink ? names.right : names.data));
    // A connected socket keeps its route for as long as it may.
    check(::connect(from.get(), destination.get(), destination.size), "connect");
    resolve_neighbours();
    place = uplink ? &left : &router;
    place->inside([&] {
      relay.emplace(
          loop, *place->socket, buffer, [this](const protocol::BufferReport& one) { reports.push_back(one); },
          [this](Instant came, Instant sent) { lateness.push_back(sent - came); });
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
  std::vector<std::uint32_t> arrived(std::size_t count) { return arrived(count, to); }
  std::vector<std::uint32_t> arrived(std::size_t count, const Fd& at) {
    std::vector<std::uint32_t> numbers;
    for (;;) {
      pollfd ready{at.get(), POLLIN, 0};
      if (numbers.size() < count) ::poll(&ready, 1, 2000);
      std::uint32_t number = 0;
      iovec part{&number, sizeof number};
      alignas(cmsghdr) std::array<char, 64> control{};
      msghdr message{
          .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.data(), .msg_controllen = control.size()};
      if (::recvmsg(at.get(), &message, MSG_DONTWAIT) != sizeof number) return numbers;
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
    const auto come = [&] { return relay->so_far().held + relay->so_far().dropped + relay->so_far().copied; };
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
  Place* place = nullptr;
  Loop loop;
  std::optional<relay::Relay> relay;
  std::vector<Request> into;
  std::vector<Request> past;
  std::vector<protocol::BufferReport> reports;
  std::vector<Delay> lateness;
  int hop_limit = 0;
};

std::vector<std::uint32_t> numbers(std::uint32_t first, std::uint32_t count) {
  std::vector<std::uint32_t> result;
  for (std::uint32_t i = first; i < first + count; ++i) result.push_back(i);
  return result;
}

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
