#include "nodes/signalling/sockets.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "tests/netns/netlink/place.hpp"

using namespace segue;
using namespace segue::signalling;
using namespace std::chrono_literals;
using netlink::Place;
using protocol::Endpoint;
using protocol::LinkEndpoint;
using protocol::NetworkEndpoint;

namespace {

constexpr Ports ports{0x88B6, 24200};  // not the mechanisms'

struct Heard {
  std::string text;
  Instant stamp;
  std::string interface;
  Endpoint answer_to;
};

// A node with its sockets, and what came to them.
struct Node {
  void listen(const Ports& on = ports) {
    place.inside([&] {
      sockets.emplace(loop, on, [this](const Arrival& arrival) {
        heard.push_back({std::string(arrival.bytes.begin(), arrival.bytes.end()), arrival.stamp, arrival.interface,
                         arrival.answer_to});
      });
    });
  }
  void send(const Endpoint& to, const std::string& text) {
    place.inside([&] { sockets->send(to, std::vector<std::uint8_t>(text.begin(), text.end())); });
  }
  protocol::Mac mac(const char* interface) { return netlink::find_interface(*place.socket, interface)->mac.bytes; }

  Loop loop;
  Place place;
  std::optional<Sockets> sockets;
  std::vector<Heard> heard;
};

struct Pair {
  Pair() {
    connect(mobile.place, "ar", "fd00:a::1/64", router.place, "mn", "fd00:a::2/64");
    mobile.listen();
    router.listen();
  }
  const Heard& next_at(Node& node) {
    const auto before = node.heard.size();
    const Instant limit = now() + 5s;
    node.place.inside([&] {
      while (node.heard.size() == before && now() < limit) node.loop.run_once(limit - now());
    });
    REQUIRE(node.heard.size() > before);
    return node.heard.back();
  }
  Endpoint router_on_link() { return LinkEndpoint{"ar", router.mac("mn")}; }

  Node mobile;
  Node router;
};

// Bytes go there, and their receiver needs nothing but what it heard to answer them.
void there_and_back(Pair& pair, const Endpoint& to, const Endpoint& back) {
  const Instant before = now();
  pair.mobile.send(to, "attach");
  const Heard heard = pair.next_at(pair.router);
  CHECK(heard.text == "attach");
  CHECK(heard.stamp >= before);
  CHECK(heard.stamp <= now());
  CHECK(heard.interface == "mn");
  CHECK(heard.answer_to == back);
  pair.router.send(heard.answer_to, "accept");
  const Heard& answer = pair.next_at(pair.mobile);
  CHECK(answer.text == "accept");
  CHECK(answer.interface == "ar");
  CHECK(answer.answer_to == to);
}

}  // namespace

TEST_CASE("bytes of any protocol cross a link or a network, and can be answered") {
  Pair pair;
  SUBCASE("layer 2") { there_and_back(pair, pair.router_on_link(), LinkEndpoint{"mn", pair.mobile.mac("ar")}); }
  SUBCASE("layer 3") {
    const Address near = parse_address("fd00:a::1");
    const Address far = parse_address("fd00:a::2");
    there_and_back(pair, NetworkEndpoint{near, far}, NetworkEndpoint{far, near});
  }
}

TEST_CASE("a frame for another address and bytes of another protocol are not heard") {
  Pair pair;
  pair.mobile.send(LinkEndpoint{"ar", {2, 0, 0, 0, 0, 99}}, "for nobody");
  pair.mobile.send(LinkEndpoint{"ar", {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, "for everybody");
  pair.mobile.listen({0x88B5, 24118});
  pair.mobile.send(pair.router_on_link(), "a signal");
  pair.mobile.send(NetworkEndpoint{parse_address("fd00:a::1"), parse_address("fd00:a::2")}, "a signal");
  pair.mobile.listen();
  pair.mobile.send(pair.router_on_link(), "attach");
  CHECK(pair.next_at(pair.router).text == "attach");
  CHECK(pair.router.heard.size() == 1);
}

TEST_CASE("what cannot be sent is an error that names the way") {
  Pair pair;
  CHECK_THROWS_WITH_AS(pair.mobile.send(LinkEndpoint{"ar2", {}}, "x"), "find interface ar2: No such device", Error);
  CHECK_THROWS_WITH_AS(pair.mobile.send(NetworkEndpoint{parse_address("fd00:a::1"), parse_address("fd00:b::1")}, "x"),
                       "send a layer 3 message from fd00:a::1 to fd00:b::1: Network is unreachable", Error);
}
