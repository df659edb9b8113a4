// The words of a mechanism on the real kernel, for both of a mobile's data addresses.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/netlink/neighbour.hpp"
#include "orchestrator/mobility/kernel_routes.hpp"
#include "orchestrator/mobility/radio.hpp"
#include "tests/netns/lab/net.hpp"

using namespace segue;
using config::Encapsulation;
using config::RouteAction;
using config::RouteVerb;

namespace {

// Three access routers round an anchor, the first two of which have a link of their own.
constexpr const char* domain = R"(
[addressing]
ipv4 = "10.20.0.0/16"
[defaults]
mtu = 1600
[nodes]
mn.role = "mobile"
ar1.role = "access-router"
ar2.role = "access-router"
ar3.role = "access-router"
map.role = "anchor"
cn.role = "correspondent"
[links]
mn-ar1.between = ["mn", "ar1"]
mn-ar2.between = ["mn", "ar2"]
mn-ar3.between = ["mn", "ar3"]
map-ar1.between = ["map", "ar1"]
map-ar2.between = ["map", "ar2"]
map-ar3.between = ["map", "ar3"]
ar1-ar2.between = ["ar1", "ar2"]
cn-map.between = ["cn", "map"]
)";

constexpr std::uint16_t call_port = 7000;
constexpr std::uint16_t marker_port = 7001;

sockaddr_storage name_of(const Address& address, std::uint16_t port = call_port) {
  sockaddr_storage storage{};
  if (address.family == Family::ipv4) {
    sockaddr_in name{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
    std::memcpy(&name.sin_addr, address.bytes.data(), sizeof name.sin_addr);
    std::memcpy(&storage, &name, sizeof name);
  } else {
    sockaddr_in6 name{};
    name.sin6_family = AF_INET6;
    name.sin6_port = htons(port);
    std::memcpy(&name.sin6_addr, address.bytes.data(), sizeof name.sin6_addr);
    std::memcpy(&storage, &name, sizeof name);
  }
  return storage;
}

// A mobile that is nowhere yet, and a socket at each of its data addresses and their correspondent's.
struct Domain : Net {
  explicit Domain(Family of) : Net(domain), family(of) {
    for (const auto& one : topology.nodes) set(one.name, mobility::detached(geography(), binding, node(one.name)));
    for (const char* router : {"ar1", "ar2", "ar3"}) radio(router, true);
    mobile = open("mn", address("mn"), call_port);
    correspondent = open("cn", address("cn"), call_port);
    for (const auto& link : topology.links) {
      for (const auto* end : {&link.a, &link.b}) {
        const auto& name = topology.nodes[end->node].name;
        ends.push_back({end, end == &link.a ? &link.b : &link.a, open(name, end->address, marker_port)});
      }
    }
  }

  mobility::Geography geography() const { return {topology, ways}; }
  Address address(const char* name) const { return *config::address_of(topology.nodes[node(name)], family); }

  void set(const std::string& name, const std::vector<netlink::Route>& routes) {
    at(name, [&] {
      for (const auto& route : routes) network.socket_of(node(name)).perform(netlink::replace_route(route));
    });
  }
  void tell(const char* name, RouteVerb verb, const char* target = "", Encapsulation as = Encapsulation::srv6) {
    set(name, mobility::resolve(geography(), binding, node(name), RouteAction{verb, target, as}));
  }
  void radio(const char* router, bool joins) {
    joins ? left.erase(node(router)) : left.insert(node(router)).second;
    for (const auto& action : mobility::radio_actions(topology, node("mn"), node(router), joins)) {
      if (const auto* routes = std::get_if<protocol::SetRoutes>(&action)) set("mn", routes->routes);
      const auto* neighbours = std::get_if<protocol::SetNeighbours>(&action);
      if (neighbours == nullptr) continue;
      at("mn", [&] {
        for (const auto& [interface, address, mac] : neighbours->neighbours) {
          network.socket_of(node("mn")).perform(netlink::replace_neighbour(netlink::index_of(interface), address, mac));
        }
      });
    }
  }

  Fd open(const std::string& name, const Address& own, std::uint16_t port) {
    return at(name, [&] {
      Fd fd(check(::socket(own.family == Family::ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "a socket"));
      const auto place = name_of(own, port);
      check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place), "bind");
      return fd;
    });
  }

  // Sends its number, and returns when it is nowhere on the way any more.
  void up() {
    send(mobile, "cn");
    settle();
  }
  void down() {
    send(correspondent, "mn");
    settle();
  }
  // What has come there last is what was sent last, and nothing came before it.
  void up_arrives() {
    up();
    arrives(correspondent);
  }
  void down_arrives() {
    down();
    arrives(mobile);
  }

  struct End {
    const config::LinkEnd* near;
    const config::LinkEnd* far;
    Fd markers;
  };

  Family family;
  mobility::Ways ways{topology};
  mobility::Binding binding{node("mn"), node("ar1"), node("ar2")};
  Fd mobile;
  Fd correspondent;
  std::vector<End> ends;
  std::set<std::size_t> left;
  int number = 0;

 private:
  void send(const Fd& from, const char* to) {
    ++number;
    const auto name = name_of(address(to));
    ::sendto(from.get(), &number, sizeof number, 0, reinterpret_cast<const sockaddr*>(&name), sizeof name);
  }
  void arrives(const Fd& where) {
    int first = 0;
    REQUIRE(::recv(where.get(), &first, sizeof first, MSG_DONTWAIT) == sizeof first);
    CHECK(first == number);
  }

  // Links keep the order: what was on one before a marker is at its end before it. No way has more than eight links.
  void settle() {
    for (int round = 0; round < 8; ++round) {
      std::vector<const End*> marked;
      for (const End& end : ends) {
        if (topology.nodes[end.near->node].role == config::Role::mobile && left.contains(end.far->node)) continue;
        const auto to = name_of(end.far->address, marker_port);
        REQUIRE(::sendto(end.markers.get(), "m", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 1);
        marked.push_back(&end);
      }
      for (const End* one : marked) {
        const auto far = std::find_if(ends.begin(), ends.end(), [&](const End& end) { return end.near == one->far; });
        pollfd ready{far->markers.get(), POLLIN, 0};
        REQUIRE(::poll(&ready, 1, 5000) == 1);
        char marker = 0;
        REQUIRE(::recv(far->markers.get(), &marker, 1, 0) == 1);
      }
    }
  }
};

// Runs a test for one family and for the other.
template <typename Test>
void for_both(Test test) {
  SUBCASE("IPv6") { test(Family::ipv6); }
  SUBCASE("IPv4") { test(Family::ipv4); }
}

void attach(Domain& lab, Encapsulation as = Encapsulation::srv6) {
  lab.tell("map", RouteVerb::tunnel, "ar1", as);
  lab.tell("ar1", RouteVerb::through);
  lab.tell("mn", RouteVerb::via, "ar1");
}

}  // namespace

TEST_CASE("a tunnel, through and via lead packets to the mobile and back, and one word at each node moves it") {
  for_both([](Family family) {
    Domain lab(family);
    attach(lab);
    lab.up_arrives();
    lab.down_arrives();
    lab.tell("ar1", RouteVerb::off);
    lab.down();
    lab.up();
    lab.tell("map", RouteVerb::tunnel, "ar2");
    lab.down();
    lab.tell("ar2", RouteVerb::through);
    lab.down_arrives();
    lab.tell("mn", RouteVerb::via, "ar2");
    lab.up_arrives();
    lab.tell("cn", RouteVerb::via, "ar3");
    lab.tell("ar3", RouteVerb::through);
    lab.tell("map", RouteVerb::via, "ar3");
    lab.down_arrives();
  });
}

TEST_CASE("a tunnel of a bare IPv6 header does as well") {
  for_both([](Family family) {
    Domain lab(family);
    attach(lab, Encapsulation::ip_in_ip);
    lab.tell("ar1", RouteVerb::through_tunnel, "map", Encapsulation::ip_in_ip);
    lab.up_arrives();
    lab.down_arrives();
  });
}

TEST_CASE("off at the anchor drops both ways, what comes in a tunnel too") {
  for_both([](Family family) {
    Domain lab(family);
    attach(lab);
    lab.tell("ar1", RouteVerb::through_tunnel, "map");
    lab.up_arrives();
    lab.tell("map", RouteVerb::off);
    lab.up();
    lab.down();
    lab.tell("ar1", RouteVerb::through);
    lab.up();
    lab.tell("map", RouteVerb::tunnel, "ar1");
    lab.up_arrives();
    lab.down_arrives();
  });
}

TEST_CASE("off at the mobile is silent: what it sends leaves, and is lost") {
  for_both([](Family family) {
    Domain lab(family);
    attach(lab);
    lab.tell("mn", RouteVerb::off);
    lab.up();
    lab.tell("mn", RouteVerb::via, "ar1");
    lab.up_arrives();
  });
}

// Were it looked up with what passes there, it would go home, and be delivered over the third router.
TEST_CASE("what comes out of a tunnel was led there, over whatever link it came") {
  for_both([](Family family) {
    Domain lab(family);
    attach(lab);
    lab.tell("map", RouteVerb::tunnel, "ar3");
    lab.tell("ar3", RouteVerb::through);
    lab.down_arrives();
    lab.tell("cn", RouteVerb::tunnel, "ar1");
    lab.tell("ar1", RouteVerb::tunnel, "ar2");
    lab.tell("ar2", RouteVerb::off);
    lab.down();
    lab.tell("ar2", RouteVerb::through);
    lab.down_arrives();
  });
}

TEST_CASE("a radio that has left a router neither hears it nor is heard by it, whatever the routes") {
  for_both([](Family family) {
    Domain lab(family);
    attach(lab);
    lab.radio("ar1", false);
    lab.up();
    lab.down();
    lab.radio("ar1", true);
    lab.up_arrives();
    lab.down_arrives();
  });
}
