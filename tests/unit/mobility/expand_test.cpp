// Ways in the analysis: what a redirect at the crossover loses, and a home that is the mechanism's own.
#include "orchestrator/mobility/expand.hpp"

#include <doctest/doctest.h>

#include <string>

#include "orchestrator/mobility/ends_attached.hpp"
#include "orchestrator/mobility/expectation.hpp"
#include "orchestrator/mobility/kernel_routes.hpp"
#include "orchestrator/mobility/plans.hpp"
#include "orchestrator/mobility/tunnels.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/unit/config/tree_lab.hpp"
#include "tests/unit/mobility/home_mechanism.hpp"
#include "tests/unit/mobility/prompt_lab.hpp"

using namespace segue;
using namespace segue::mobility;
using namespace std::chrono_literals;
using segue::test::tree_lab;

namespace {

constexpr DataFlow call{20ms, 222};

struct Lab {
  explicit Lab(const std::string& text)
      : topology(config::load_topology(scratch.write("topology.toml", text))), ways(topology) {}

  config::Mechanism mechanism(const std::string& text) const {
    return config::load_mechanism(scratch.write("mechanisms/x.toml", text), topology);
  }
  Binding between(const char* old_router, const char* new_router) const {
    return {node("mn"), node(old_router), node(new_router)};
  }
  std::size_t node(const char* name) const { return config::find_node(topology, name); }
  Geography geography() const { return {topology, ways}; }

  Scratch scratch;
  config::Topology topology;
  Ways ways;
};

double packets(Delay time) { return static_cast<double>(time.count()) / call.interval.count(); }

}  // namespace

TEST_CASE("a hard handoff loses the round trip to the crossover, whichever its distance") {
  const Lab lab(tree_lab);
  const auto mechanism = lab.mechanism(segue::test::hard_handoff);
  CHECK_NOTHROW(require_ends_attached(lab.geography(), mechanism, lab.node("mn")));
  const struct {
    const char* from;
    const char* to;
    int distance;
  } handovers[] = {{"ar1", "ar2", 1}, {"ar2", "ar3", 2}, {"ar1", "ar4", 3}, {"ar4", "ar3", 3}};
  for (const auto& one : handovers) {
    const int distance = one.distance;
    CAPTURE(one.from);
    CAPTURE(one.to);
    const auto expected = expect(lab.geography(), mechanism, lab.between(one.from, one.to), call);
    // 1 ms of radio and 2 ms a link, up with the update and down with what was on its way.
    CHECK(expected.completion == 1ms + distance * 2ms);
    CHECK(expected.downlink.lost == doctest::Approx(packets(2ms + distance * 4ms)));
    CHECK(expected.uplink.lost == 0);
    CHECK(expected.messages == static_cast<unsigned>(distance) + 1);
    CHECK(expected.done.size() == static_cast<std::size_t>(2 * distance + 2));
  }
}

namespace {

// As HAWAII sets up its paths: its entries in the end are those of the way to the new router, like Cellular IP's.
std::string hawaii(const std::string& set_up) {
  return R"([[attached]]
along = ["anchor", "new"]
route = "via next"
last = { route = "through" }
[[attached]]
at = "mobile"
route = "via new"
[[start]]
at = "mobile"
radio = ["leave old", "join new"]
route = "via new"
[[step]]
name = "registration"
from = "mobile"
to = "new"
layer = 2
message = "registration"
route = "through"
)" + set_up +
         R"(
[[step]]
name = "expiry"
at = "old"
after = []
wait = "1s"
route = "off"
)";
}

const std::string without_forwarding = R"([[step]]
name = "set-up"
from = "new"
to = "old"
layer = 3
message = "path set-up"
hop-by-hop = true
route = "via previous"
)";

const std::string with_forwarding = R"([[step]]
name = "request"
from = "new"
to = "old"
layer = 3
message = "path set-up"
route = "via crossover"
[[step]]
name = "set-up"
from = "old"
to = "new"
layer = 3
message = "path set-up"
hop-by-hop = true
route = "via next"
last = { route = "through" }
)";

}  // namespace

TEST_CASE("paths set up from the new router or over the old one lose as much as a hard handoff, in a symmetric tree") {
  const Lab lab(tree_lab);
  for (const auto& scheme : {without_forwarding, with_forwarding}) {
    const auto mechanism = lab.mechanism(hawaii(scheme));
    CHECK_NOTHROW(require_ends_attached(lab.geography(), mechanism, lab.node("mn")));
    int distance = 0;
    for (const char* to : {"ar2", "ar3", "ar4"}) {
      ++distance;
      CAPTURE(distance);
      const auto expected = expect(lab.geography(), mechanism, lab.between("ar1", to), call);
      CHECK(expected.downlink.lost == doctest::Approx(packets(2ms + distance * 4ms)));
      CHECK(expected.uplink.lost == 0);
    }
  }
}

TEST_CASE("the plans of a handover have the routers of its ways, and what holds before has all its entries") {
  const Lab lab(tree_lab);
  const auto mechanism = lab.mechanism(segue::test::hard_handoff);
  const auto binding = lab.between("ar1", "ar3");
  std::vector<std::string> names;
  for (const auto& plan : plans_for(lab.geography(), mechanism, binding, 1)) {
    names.push_back(lab.topology.nodes[plan.node].name);
  }
  CHECK(names == std::vector<std::string>{"mn", "r1", "r11", "r12", "ar1", "ar3"});
  const auto route_at = [&](const char* node) {
    const auto data = host_prefix(lab.topology.nodes[lab.node("mn")].address);
    const auto actions = attached(lab.geography(), mechanism, binding).at(lab.node(node));
    std::string device;  // the last one set counts
    for (const auto& route : std::get<protocol::SetRoutes>(actions.front()).routes) {
      if (route.destination == data && route.table == 254) device = route.device;
    }
    return device;
  };
  CHECK(route_at("gw") == "r1");
  CHECK(route_at("r1") == "r12");
  CHECK(route_at("r12") == "ar3");
  CHECK(route_at("ar3") == "mn");
  CHECK(route_at("r11") == "r1");  // no entry: to the home
}

TEST_CASE("a mechanism of ways is followed for the room of its tunnels in every handover") {
  const Lab lab(tree_lab);
  auto mechanism = lab.mechanism(segue::test::hard_handoff);
  CHECK(narrow_links(lab.topology, {mechanism}).empty());
  mechanism.steps.front().last = {config::RouteAction{config::RouteVerb::tunnel, "new"}};
  CHECK(narrow_links(lab.topology, {mechanism}).size() == 9);
}

TEST_CASE("packets are led to the home that a mechanism says, and it tunnels them") {
  const PromptLab lab;
  const Scratch scratch;
  const auto mechanism =
      config::load_mechanism(scratch.write("mechanisms/x.toml", test::mobile_ipv6_over_home), lab.topology);
  CHECK_NOTHROW(require_ends_attached(lab.geography(), mechanism, lab.node("mn")));
  const auto expected = expect(lab.geography(), mechanism, lab.binding, call);
  // The solicitation and its confirmation, the update to the home, 110 ms from the router, and its processing; and as
  // far as that away is what was on its way to the old router.
  CHECK(expected.completion_downlink == 3 * 100us + 110ms + 1ms);
  CHECK(expected.completion_uplink == 100us);
  CHECK(expected.completion == expected.completion_downlink);
  CHECK(expected.downlink.lost == doctest::Approx(packets(expected.completion_downlink + 110100us)));
  CHECK(expected.uplink.lost == 0);
  // 100 ms from the correspondent to its home, and 110 from there.
  CHECK(passage_of(lab.geography(), mechanism, lab.binding, call).send(Passage::Direction::downlink, 10s).delay ==
        100ms + 110ms + 100us);
}

TEST_CASE("an access router hears what was led to it from the side of the mechanism's home") {
  const Lab lab(R"([nodes]
mn.role = "mobile"
ar1.role = "access-router"
ar2.role = "access-router"
map.role = "anchor"
ha.role = "home"
cn.role = "correspondent"
[defaults]
delay = "1ms"
[links]
a = { between = ["mn", "ar1"] }
b = { between = ["mn", "ar2"] }
c = { between = ["map", "ar1"] }
d = { between = ["map", "ar2"] }
e = { between = ["ha", "ar1"] }
f = { between = ["cn", "ha"] }
)");
  const auto mechanism =
      lab.mechanism(std::string("home = \"ha\"\n") +
                    "[[step]]\nname = \"s\"\nfrom = \"new\"\nto = \"home\"\nlayer = 3\nmessage = \"m\"\n");
  const auto mn = lab.node("mn");
  const auto ar1 = lab.node("ar1");
  const Geography here = under(lab.geography(), mechanism);
  CHECK(home_of(lab.geography(), mn) == lab.node("map"));
  CHECK(home_of(here, mn) == lab.node("ha"));
  CHECK(link_to_home(here, mn, ar1) == config::find_link(lab.topology, "e"));
  const auto type_by = [&](const Geography& geography, const char* link) {
    const auto table = table_of_side(lab.topology, mn, config::find_link(lab.topology, link));
    for (const auto& route : detached(geography, lab.between("ar2", "ar1"), ar1)) {
      if (route.table == table) return route.type;
    }
    FAIL("no route");
    return netlink::RouteType::unicast;
  };
  // The rules know the anchor's side.
  CHECK(type_by(lab.geography(), "c") == netlink::RouteType::throw_);
  CHECK(type_by(lab.geography(), "e") == netlink::RouteType::throw_);
  // With the other home what comes from the anchor passes, and what comes from that one ends while the router is off.
  const auto routes = detached(here, lab.between("ar2", "ar1"), ar1);
  const auto last_by = [&](const char* link) {
    const netlink::Route* found = nullptr;
    const auto table = table_of_side(lab.topology, mn, config::find_link(lab.topology, link));
    for (const auto& route : routes) {
      if (route.table == table) found = &route;
    }
    REQUIRE(found != nullptr);
    return *found;
  };
  CHECK(last_by("e").type == netlink::RouteType::blackhole);
  CHECK(last_by("c").type == netlink::RouteType::unicast);
  CHECK(last_by("c").device == "ha");
}
