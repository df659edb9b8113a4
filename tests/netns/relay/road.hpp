// A sender, a router and a receiver in namespaces, with a relay at one of them, over either family.
#pragma once

#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/relay/relay.hpp"
#include "tests/netns/netlink/place.hpp"

namespace segue::test {

using namespace segue::netlink;
using namespace std::chrono_literals;

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
inline constexpr Names over_ipv6{Family::ipv6, "fd00:d::1",  "fd00:a::1",      "fd00:b::1",
                                 AF_INET6,     IPPROTO_IPV6, IPV6_RECVHOPLIMIT};
inline constexpr Names over_ipv4{Family::ipv4, "10.0.0.13", "10.0.0.1", "10.0.0.2", AF_INET, IPPROTO_IP, IP_RECVTTL};

inline Prefix all_of(Family family) { return {Address{.family = family}, 0}; }

struct Name {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

inline Name name_of(const Address& address) {
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

inline Fd udp(Place& place, const Names& names, const char* address) {
  return place.inside([&] {
    Fd fd(check(::socket(names.socket_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a UDP socket"));
    const Name name = name_of(parse_address(address));
    check(::bind(fd.get(), name.get(), name.size), "bind");
    const int on = 1;
    check(::setsockopt(fd.get(), names.level, names.ask_for_hops, &on, sizeof on), "ask for hop limits");
    return fd;
  });
}

inline protocol::Buffer buffer_for(bool uplink, const Names& names) {
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

inline std::vector<std::uint32_t> numbers(std::uint32_t first, std::uint32_t count) {
  std::vector<std::uint32_t> result;
  for (std::uint32_t i = first; i < first + count; ++i) result.push_back(i);
  return result;
}

}  // namespace segue::test
