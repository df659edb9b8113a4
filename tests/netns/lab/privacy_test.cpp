// What a correspondent learns of where the mobile is, from the hop limits of its packets.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <variant>

#include "nodes/base/error.hpp"
#include "nodes/base/message.hpp"
#include "nodes/netlink/neighbour.hpp"
#include "orchestrator/lab/network.hpp"
#include "orchestrator/mobility/plans.hpp"
#include "tests/netns/link/wire_process.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;

namespace {

// The second access router is two routers deeper in the domain than the first.
constexpr const char* unlike_depths = R"(
[nodes]
mn.role = "mobile"
ar1.role = "access-router"
ar2.role = "access-router"
r1.role = "router"
r2.role = "router"
map.role = "anchor"
cn.role = "correspondent"
[defaults]
mtu = 1600
[links]
mn-ar1 = { between = ["mn", "ar1"] }
mn-ar2 = { between = ["mn", "ar2"] }
map-ar1 = { between = ["map", "ar1"] }
map-r1 = { between = ["map", "r1"] }
r1-r2 = { between = ["r1", "r2"] }
r2-ar2 = { between = ["r2", "ar2"] }
cn-map = { between = ["cn", "map"] }
)";

config::Mechanism with_uplink(config::RouteVerb verb, const char* target) {
  config::Mechanism mechanism;
  const config::RouteAction uplink{verb, target};
  mechanism.attached = {{"anchor", config::RouteAction{config::RouteVerb::tunnel, "new"}, 0},
                        {"new", uplink, 0},
                        {"mobile", config::RouteAction{config::RouteVerb::via, "new"}, 0}};
  return mechanism;
}

struct Net {
  Net() : engine(link::make_wire_engine(wire.take_control())) {
    for (const auto& node : topology.nodes) network.add(node);
    network.build(topology, *engine, 1);
    engine->settle();
    from = socket_at("mn");
    to = socket_at("cn");
    const int on = 1;
    check(::setsockopt(to.get(), IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on), "ask for hop limits");
  }

  std::size_t node(const std::string& name) const { return config::find_node(topology, name); }

  Fd socket_at(const std::string& name) const {
    const netlink::Enter inside(network.namespace_of(node(name)));
    Fd fd(check(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a UDP socket"));
    const auto own = address_of(name);
    check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own), "bind");
    return fd;
  }

  sockaddr_in6 address_of(const std::string& name) const {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(7000);
    std::memcpy(&address.sin6_addr, topology.nodes[node(name)].address.bytes.data(), 16);
    return address;
  }

  void attach(const config::Mechanism& mechanism, const std::string& router, const std::string& other) const {
    const mobility::Ways ways(topology);
    const mobility::Binding binding{node("mn"), node(other), node(router)};
    for (const auto& [at, actions] : mobility::attached({topology, ways}, mechanism, binding)) {
      const netlink::Enter inside(network.namespace_of(at));
      netlink::Socket socket;
      for (const auto& action : actions) {
        if (const auto* const set = std::get_if<protocol::SetRoutes>(&action)) {
          for (const auto& route : set->routes) socket.perform(netlink::replace_route(route));
        } else if (const auto* const known = std::get_if<protocol::SetNeighbours>(&action)) {
          for (const auto& [interface, address, mac] : known->neighbours) {
            socket.perform(netlink::replace_neighbour(netlink::index_of(interface), address, mac));
          }
        }
      }
    }
  }

  // Of a packet from the mobile, at the correspondent; links take their time to be up.
  int hop_limit() const {
    const auto far = address_of("cn");
    for (int attempt = 0; attempt < 50; ++attempt) {
      ::sendto(from.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&far), sizeof far);
      pollfd entry{to.get(), POLLIN, 0};
      if (::poll(&entry, 1, 100) != 1) continue;
      std::array<char, 8> bytes{};
      alignas(cmsghdr) std::array<char, 64> control{};
      iovec part{bytes.data(), bytes.size()};
      msghdr message{
          .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.data(), .msg_controllen = control.size()};
      REQUIRE(::recvmsg(to.get(), &message, 0) == 1);
      const int limit = control_part<int>(message, IPPROTO_IPV6, IPV6_HOPLIMIT).value_or(0);
      while (::recv(to.get(), bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) continue;
      return limit;
    }
    FAIL("nothing arrives");
    return 0;
  }

  Scratch scratch;
  config::Topology topology = config::load_topology(scratch.write("depths/topology.toml", unlike_depths));
  link::WireProcess wire;
  std::unique_ptr<link::Engine> engine;
  lab::Network network;
  Fd from;
  Fd to;
};

}  // namespace

TEST_CASE("by a tunnel to the anchor the mobile's packets come with one hop limit, however deep its access router is") {
  Net net;
  for (const auto encapsulation : {config::Encapsulation::srv6, config::Encapsulation::ip_in_ip}) {
    auto mechanism = with_uplink(config::RouteVerb::through_tunnel, "anchor");
    std::get<config::RouteAction>(mechanism.attached[1].action).encapsulation = encapsulation;
    net.attach(mechanism, "ar1", "ar2");
    const int near = net.hop_limit();
    net.attach(mechanism, "ar2", "ar1");
    CHECK(net.hop_limit() == near);
    CHECK(near == 63);  // the anchor's own forwarding, and nothing else
  }
  // Without it each router on the way takes one off.
  const auto plain = with_uplink(config::RouteVerb::through, "");
  net.attach(plain, "ar1", "ar2");
  CHECK(net.hop_limit() == 62);
  net.attach(plain, "ar2", "ar1");
  CHECK(net.hop_limit() == 60);
}
