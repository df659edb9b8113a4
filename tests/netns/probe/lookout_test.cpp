#include "nodes/probe/lookout.hpp"

#include <numeric>

#include "nodes/netlink/neighbour.hpp"
#include "nodes/probe/voip.hpp"
#include "tests/netns/netlink/place.hpp"

using namespace segue;
using namespace segue::probe;
using namespace std::chrono_literals;
using netlink::Place;
using Kind = protocol::Sighting::Kind;

namespace {

constexpr auto mobile_address = "fd00:a::1";
constexpr auto correspondent_address = "fd00:b::1";
constexpr netlink::Mac nobody{{0x02, 0xff, 0xff, 0xff, 0xff, 0xff}};

netlink::Route to_correspondent(netlink::RouteType type) {
  netlink::Route route{.destination = host_prefix(parse_address(correspondent_address)), .type = type};
  if (type == netlink::RouteType::unicast) route.device = "right";
  return route;
}

// What a node saw of the packets of flow 7, by number and in words.
std::vector<std::string> seen_by(Place& place, Lookout& lookout, std::uint64_t packets) {
  std::vector<std::uint64_t> all(packets);
  std::iota(all.begin(), all.end(), 0);
  place.inside([&] { lookout.drain(); });
  std::vector<std::string> words(packets);
  for (const auto& sighting : lookout.of(7, all)) {
    constexpr std::array<const char*, 3> kinds{"came ", "strange ", "left "};
    words.at(sighting.sequence) += kinds.at(static_cast<std::size_t>(sighting.kind)) + sighting.interface + ' ';
  }
  return words;
}

}  // namespace

TEST_CASE("nodes see a call's packets come and go, those they drop come only, and those for nobody as a stranger's") {
  Place mobile;
  Place router;
  Place correspondent;
  connect(mobile, "up", "fd00:a::1/64", router, "left", "fd00:a::2/64");
  connect(correspondent, "up", "fd00:b::1/64", router, "right", "fd00:b::2/64");
  mobile.replace({.destination = host_prefix(parse_address(correspondent_address)),
                  .via = parse_address("fd00:a::2"),
                  .device = "up"});
  Loop loop;
  const auto lookout_at = [&](Place& place) { return place.inside([&] { return std::make_unique<Lookout>(loop); }); };
  const auto at_mobile = lookout_at(mobile);
  const auto at_router = lookout_at(router);
  constexpr std::uint64_t count = 30;
  VoipFlow flow{
      .local = parse_address(mobile_address), .remote = parse_address(correspondent_address), .interval = 5ms, .id = 7};
  const Fd socket = mobile.inside([&] { return open_voip_socket(flow); });
  const Instant first = now() + 20ms;
  VoipSender sender(loop, socket.get(), flow, first, count);
  // Packets 10 to 19 meet a blackhole at the router, and from 20 on the mobile sends to nobody.
  const auto before = [&](std::uint64_t packet) { return first + packet * 5ms - 2500us; };
  loop.at(before(10), [&] { router.replace(to_correspondent(netlink::RouteType::blackhole)); });
  loop.at(before(20), [&] {
    router.replace(to_correspondent(netlink::RouteType::unicast));
    mobile.inside([&] {
      mobile.socket->perform({netlink::replace_neighbour(netlink::index_of("up"), parse_address("fd00:a::2"), nobody)});
    });
  });
  while (!sender.done()) loop.run_once(1s);
  // A veth delivers what it is given before sendto() is over.
  const auto mobiles = seen_by(mobile, *at_mobile, count);
  const auto routers = seen_by(router, *at_router, count);
  for (std::uint64_t i = 1; i < count; ++i) {  // the first waits for who has its neighbour's address
    CAPTURE(i);
    CHECK(mobiles[i] == "left up ");
    CHECK(routers[i] == (i < 10 ? "came left left right " : i < 20 ? "came left " : "strange left "));
  }
  CHECK(at_router->take_missed() == 0);
  at_router->forget_before(now());
  CHECK(seen_by(router, *at_router, count) == std::vector<std::string>(count));
}
