// What a sender hands over in one piece (UDP_SEGMENT, as QUIC does), when a tunnel's header comes in front of it.
#include <doctest/doctest.h>
#include <netinet/udp.h>

#include "nodes/netlink/netem.hpp"
#include "nodes/netlink/route.hpp"
#include "nodes/netlink/sysctl.hpp"
#include "tests/netns/link/traffic.hpp"

using namespace segue;
using namespace segue::link;
using namespace std::chrono_literals;

namespace {

constexpr std::uint16_t segment = 1200;
constexpr std::size_t segments = 3;

void give_ipv6(Host& host, const std::string& interface, const std::string& address) {
  host.inside([&] {
    for (const std::string scope : {"all", "default", interface.c_str()}) {
      netlink::write_sysctl("net/ipv6/conf/" + scope + "/accept_dad", "0");
      netlink::write_sysctl("net/ipv6/conf/" + scope + "/seg6_enabled", "1");
    }
  });
  TwoHosts::give(host, interface, address);
}

sockaddr_in6 ipv6(const char* address, std::uint16_t port) {
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_port = htons(port);
  ::inet_pton(AF_INET6, address, &name.sin6_addr);
  return name;
}

// To an address that only the tunnel knows the way to.
Fd socket_into_the_tunnel(Host& host) {
  return host.inside([] {
    netlink::Socket().perform(
        netlink::replace_route({.destination = parse_prefix("fd00:d::1/128"),
                                .device = "eth-a",
                                .encapsulation = netlink::Seg6Encap{{parse_address("fd00:1::2")}}}));
    Fd fd(check(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a UDP socket"));
    const auto near = ipv6("fd00:1::1", 7000);
    check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&near), sizeof near), "bind");
    const auto far = ipv6("fd00:d::1", 7000);
    check(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&far), sizeof far), "connect");
    return fd;
  });
}

std::uint64_t delivered_bytes(const TwoHosts& hosts) {
  return hosts.engine->counters(hosts.link, Direction::a_to_b).bytes;
}

void arrives_in_pieces(EngineKind kind, const Impairments& impairments) {
  TwoHosts hosts(impairments, {}, 0ns, kind);
  give_ipv6(hosts.a, "eth-a", "fd00:1::1/64");
  give_ipv6(hosts.b, "eth-b", "fd00:1::2/64");
  const UdpPair waiting(hosts);
  const Fd fd = socket_into_the_tunnel(hosts.a);
  const auto before_single = delivered_bytes(hosts);
  const std::vector<std::byte> data(segment * segments);
  REQUIRE(::send(fd.get(), data.data(), segment, 0) == segment);
  const auto wait_for = [&](std::uint64_t bytes) {
    for (int i = 0; i < 200 && delivered_bytes(hosts) < bytes; ++i) receive_number(waiting.b, 10ms);
    return delivered_bytes(hosts);
  };
  REQUIRE(wait_for(before_single + segment) >= before_single + segment);

  const auto before = delivered_bytes(hosts);
  const int size = segment;
  REQUIRE(::setsockopt(fd.get(), SOL_UDP, UDP_SEGMENT, &size, sizeof size) == 0);
  REQUIRE(::send(fd.get(), data.data(), data.size(), 0) == static_cast<ssize_t>(data.size()));
  CHECK(wait_for(before + data.size()) >= before + data.size());
}

void arrives_whatever_the_link_does(EngineKind kind) {
  SUBCASE("nothing") { arrives_in_pieces(kind, {}); }
  SUBCASE("a delay") { arrives_in_pieces(kind, {.delay = 1ms}); }
  SUBCASE("a rate") { arrives_in_pieces(kind, {.rate = {8'000'000}}); }
}

bool no_netem() {
  try {
    return !netlink::kernel_has_netem();
  } catch (const Error&) {
    return true;
  }
}

}  // namespace

TEST_CASE("datagrams sent as one segment pass wire behind a tunnel's header") {
  arrives_whatever_the_link_does(EngineKind::wire);
}

TEST_CASE("datagrams sent as one segment pass wire over packet sockets behind a tunnel's header") {
  arrives_whatever_the_link_does(EngineKind::packet_sockets);
}

TEST_CASE("datagrams sent as one segment pass netem behind a tunnel's header" * doctest::skip(no_netem())) {
  arrives_whatever_the_link_does(EngineKind::netem);
}
