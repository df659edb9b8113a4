#include "orchestrator/mobility/kernel_routes.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "tests/unit/mobility/prompt_lab.hpp"

using namespace segue;
using namespace segue::mobility;
using config::RouteAction;
using config::RouteVerb;
using netlink::Route;
using netlink::RouteType;

namespace {

struct Lab : PromptLab {
  std::vector<Route> at(const char* where, const RouteAction& action) const {
    return resolve(geography(), binding, node(where), action);
  }
  Prefix data() const { return host_prefix(address("mn")); }
  std::uint32_t table() const { return table_from(topology, binding.mobile); }
  std::uint32_t led() const { return table_led(topology, binding.mobile); }
  Prefix downlink(const char* name) const {
    return host_prefix(downlink_segment(topology, node(name), binding.mobile));
  }
  Prefix uplink(const char* name) const { return host_prefix(uplink_segment(topology, node(name), binding.mobile)); }
  Hop hop(const char* from, const char* to) const { return hop_between(topology, node(from), node(to)); }
};

const Route* towards(const std::vector<Route>& routes, const Prefix& destination, std::uint32_t table = 254) {
  for (const Route& route : routes) {
    if (route.destination == destination && route.table == table) return &route;
  }
  return nullptr;
}

const Prefix anywhere{};

}  // namespace

TEST_CASE("at the mobile, off is a default route to a neighbour that nobody is") {
  const Lab lab;
  const auto routes = lab.at("mn", {RouteVerb::off, {}});
  REQUIRE(routes.size() == 1);
  CHECK(routes[0].destination == anywhere);
  CHECK(routes[0].via == nobody_on(*lab.hop("mn", "ar1").link));
  CHECK(routes[0].device == "ar1");
  CHECK(routes[0].source == lab.address("mn"));
  CHECK(routes[0].type == RouteType::unicast);  // a blackhole would tell the sender
}

TEST_CASE("at the mobile, via is a default route over that router, from the data address") {
  const Lab lab;
  const auto routes = lab.at("mn", {RouteVerb::via, "new"});
  REQUIRE(routes.size() == 1);
  CHECK(routes[0].via == lab.hop("mn", "ar2").far->address);
  CHECK(routes[0].device == "ar2");
  CHECK(routes[0].source == lab.address("mn"));
}

TEST_CASE("a mobile neither forwards nor tunnels") {
  const Lab lab;
  for (const RouteAction& action : {RouteAction{RouteVerb::through, {}}, RouteAction{RouteVerb::tunnel, "new"},
                                    RouteAction{RouteVerb::through_tunnel, "anchor"}}) {
    CHECK_THROWS_AS(lab.at("mn", action), InputError);
  }
  CHECK_THROWS_AS(lab.at("mn", {RouteVerb::via, "anchor"}), InputError);  // no link between them
}

TEST_CASE("off at an access router is the radio's: what was led there and what comes off it is dropped, others pass") {
  const Lab lab;
  const auto routes = lab.at("ar1", {RouteVerb::off, {}});
  REQUIRE(routes.size() == 3);
  CHECK(towards(routes, lab.data(), lab.led())->type == RouteType::blackhole);
  CHECK(towards(routes, anywhere, lab.table())->type == RouteType::blackhole);
  const Route* passing = towards(routes, lab.data());
  REQUIRE(passing != nullptr);
  CHECK(passing->type == RouteType::unicast);
  CHECK(passing->device == "map");  // home
}

TEST_CASE("off at any other node drops the mobile's data both ways, and the end of its tunnel") {
  const Lab lab;
  const auto routes = lab.at("map", {RouteVerb::off, {}});
  CHECK(routes.size() == 3);
  for (const Route& route : routes) CHECK(route.type == RouteType::blackhole);
  CHECK(towards(routes, lab.data()) != nullptr);
  CHECK(towards(routes, anywhere, lab.table()) != nullptr);
  CHECK(towards(routes, lab.uplink("map")) != nullptr);
}

TEST_CASE("through delivers on the access link, and lets what comes from the mobile go on") {
  const Lab lab;
  const auto routes = lab.at("ar2", {RouteVerb::through, {}});
  for (const auto table : {std::uint32_t{254}, lab.led()}) {
    const Route* down = towards(routes, lab.data(), table);
    REQUIRE(down != nullptr);
    CHECK(down->via == lab.hop("ar2", "mn").far->address);
    CHECK(down->device == "mn");
    CHECK(down->source == lab.address("ar2"));
  }
  const Route* up = towards(routes, anywhere, lab.table());
  REQUIRE(up != nullptr);
  CHECK(up->type == RouteType::throw_);
}

TEST_CASE("a tunnel's end is the table of what was led there, whatever is in it") {
  const Lab lab;
  const auto resting = [&](const char* where) { return detached(lab.geography(), lab.binding, lab.node(where)); };
  const auto end_of = [&](const std::vector<Route>& routes, const Prefix& segment) {
    const Route* end = towards(routes, segment);
    REQUIRE(end != nullptr);
    CHECK_FALSE(end->device.empty());  // the kernel wants one
    return std::get<netlink::Seg6EndDt6>(end->encapsulation).table;
  };
  CHECK(end_of(resting("ar1"), lab.downlink("ar1")) == lab.led());
  CHECK(end_of(resting("ar1"), lab.uplink("ar1")) == 254);
  CHECK(end_of(resting("map"), lab.downlink("map")) == 254);
  CHECK(end_of(resting("map"), lab.uplink("map")) == 254);
  // What comes out of the anchor's tunnel at a router that tunnels on goes on with everything else.
  const auto on = lab.at("ar1", {RouteVerb::tunnel, "new"});
  CHECK(std::get<netlink::Seg6Encap>(towards(on, lab.data(), lab.led())->encapsulation).segments ==
        std::vector{forwarded_segment(lab.topology, lab.node("ar2"), lab.binding.mobile)});
}

TEST_CASE("what one access router forwards to another ends in a segment of its own, and in the same table") {
  const Lab lab;
  const auto segments = [&](const char* at, const RouteAction& action) {
    return std::get<netlink::Seg6Encap>(towards(lab.at(at, action), lab.data())->encapsulation).segments;
  };
  const Address forwarded = forwarded_segment(lab.topology, lab.node("ar2"), lab.binding.mobile);
  CHECK(segments("ar1", {RouteVerb::tunnel, "new"}) == std::vector{forwarded});
  CHECK(host_prefix(segments("map", {RouteVerb::tunnel, "new"}).front()) == lab.downlink("ar2"));
  CHECK(segments("ar1", {RouteVerb::tunnel, "anchor"}).front() != forwarded_segment(lab.topology, lab.node("map"), 0));
  const auto resting = detached(lab.geography(), lab.binding, lab.node("ar2"));
  const Route* end = towards(resting, host_prefix(forwarded));
  REQUIRE(end != nullptr);
  CHECK(std::get<netlink::Seg6EndDt6>(end->encapsulation).table == lab.led());
  const auto elsewhere = detached(lab.geography(), lab.binding, lab.node("map"));
  CHECK(towards(elsewhere, host_prefix(forwarded_segment(lab.topology, lab.node("map"), lab.binding.mobile))) ==
        nullptr);
}

TEST_CASE("a tunnel that is led over a node has that node's segment before its own, and the node has an end for it") {
  const Lab lab;
  const auto over = [&](config::Encapsulation encapsulation) {
    const auto routes = lab.at("cn", {RouteVerb::tunnel, "new", encapsulation, "anchor"});
    return std::get<netlink::Seg6Encap>(towards(routes, lab.data())->encapsulation);
  };
  const Address first = waypoint_segment(lab.topology, lab.node("map"));
  const Address second = downlink_segment(lab.topology, lab.node("ar2"), lab.binding.mobile);
  CHECK(over(config::Encapsulation::srv6) == netlink::Seg6Encap{{first, second}, false});
  CHECK(over(config::Encapsulation::ip_in_ip) == netlink::Seg6Encap{{first, second}, true});
  const auto ends = waypoint(lab.topology, lab.node("map"));
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].destination == host_prefix(first));
  CHECK(std::holds_alternative<netlink::Seg6End>(ends[0].encapsulation));
  CHECK(waypoint(lab.topology, lab.node("mn")).empty());
  CHECK_THROWS_AS(lab.at("cn", {RouteVerb::tunnel, "new", config::Encapsulation::srv6, "new"}), InputError);
}

TEST_CASE("an access router tells what is led to it by where it comes from") {
  const Lab lab;
  const auto rules = rules_for(lab.geography(), lab.binding.mobile, lab.node("ar1"));
  REQUIRE(rules.size() == 3);
  CHECK(rules[0].to == lab.data());  // before all others, where a mechanism has a home of its own
  CHECK(rules[0].iif == "map");
  CHECK(rules[0].table == table_of_side(lab.topology, lab.binding.mobile, config::find_link(lab.topology, "map-ar1")));
  CHECK(rules[1].to == lab.data());
  CHECK(rules[1].iif == "map");
  CHECK(rules[1].table == lab.led());
  CHECK(rules[2].from == lab.data());
  CHECK(rules[2].iif == "mn");
  CHECK(rules[2].table == lab.table());
  const auto elsewhere = rules_for(lab.geography(), lab.binding.mobile, lab.node("map"));
  REQUIRE(elsewhere.size() == 1);
  CHECK(elsewhere[0].from == lab.data());
  CHECK(elsewhere[0].iif.empty());
  CHECK(rules_for(lab.geography(), lab.binding.mobile, lab.node("mn")).empty());
}

TEST_CASE("through a tunnel does the same, with the uplink in a tunnel to that node") {
  const Lab lab;
  const auto routes = lab.at("ar2", {RouteVerb::through_tunnel, "anchor"});
  CHECK(towards(routes, lab.data())->device == "mn");
  const Route* up = towards(routes, anywhere, lab.table());
  REQUIRE(up != nullptr);
  CHECK(up->device == "map");
  CHECK(std::get<netlink::Seg6Encap>(up->encapsulation).segments ==
        std::vector{uplink_segment(lab.topology, lab.node("map"), lab.binding.mobile)});
}

TEST_CASE("a tunnel at the anchor takes the downlink to the router's segment and ends the uplink's") {
  const Lab lab;
  const auto routes = lab.at("map", {RouteVerb::tunnel, "new"});
  const Route* down = towards(routes, lab.data());
  REQUIRE(down != nullptr);
  CHECK(down->device == "ar2");
  CHECK(down->via == lab.hop("map", "ar2").far->address);
  CHECK(std::get<netlink::Seg6Encap>(down->encapsulation).segments ==
        std::vector{downlink_segment(lab.topology, lab.node("ar2"), lab.binding.mobile)});
  const Route* end = towards(routes, lab.uplink("map"));
  REQUIRE(end != nullptr);
  CHECK(std::holds_alternative<netlink::Seg6EndDt6>(end->encapsulation));
  CHECK_FALSE(end->device.empty());  // the kernel wants one
}

TEST_CASE("via at the anchor is a plain route along the shortest path") {
  const Lab lab;
  const auto routes = lab.at("home", {RouteVerb::via, "new"});
  const Route* down = towards(routes, lab.data());
  REQUIRE(down != nullptr);
  CHECK(down->device == "inet");
  CHECK(down->source == lab.address("home"));
  CHECK(std::holds_alternative<std::monostate>(down->encapsulation));
  CHECK_THROWS_AS(lab.at("ar2", {RouteVerb::via, "new"}), InputError);  // to itself
}

TEST_CASE("names of a mechanism are the handover's roles, roles of one node, and nodes") {
  const Lab lab;
  CHECK(node_named(lab.topology, lab.binding, "mobile") == lab.node("mn"));
  CHECK(node_named(lab.topology, lab.binding, "old") == lab.node("ar1"));
  CHECK(node_named(lab.topology, lab.binding, "new") == lab.node("ar2"));
  CHECK(node_named(lab.topology, lab.binding, "anchor") == lab.node("map"));
  CHECK(node_named(lab.topology, lab.binding, "inet") == lab.node("inet"));
  CHECK_THROWS_AS(node_named(lab.topology, lab.binding, "pope"), InputError);
}

TEST_CASE("segments differ by node and direction, and lie in their node's locator") {
  const Lab lab;
  for (const char* one : {"ar1", "ar2", "map"}) {
    CHECK(lab.downlink(one) != lab.uplink(one));
    CHECK(lab.topology.nodes[lab.node(one)].locator.contains(lab.downlink(one).address));
    CHECK(lab.topology.nodes[lab.node(one)].locator.contains(lab.uplink(one).address));
  }
  CHECK(lab.downlink("ar1") != lab.downlink("ar2"));
}

TEST_CASE("without a mechanism packets for the mobile go as far as its home and end there") {
  const Lab lab;
  const auto resting = [&](const char* where) { return detached(lab.geography(), lab.binding, lab.node(where)); };
  CHECK(resting("mn").empty());
  for (const char* router : {"ar1", "ar2"}) {
    CHECK(towards(resting(router), lab.data(), lab.led())->type == RouteType::blackhole);
    CHECK(towards(resting(router), anywhere, lab.table())->type == RouteType::blackhole);
  }
  CHECK(towards(resting("map"), lab.data())->type == RouteType::blackhole);  // its home: the anchor
  CHECK(towards(resting("map"), anywhere, lab.table())->type == RouteType::throw_);
  CHECK(towards(resting("cn"), lab.data())->device == "inet");
  CHECK(towards(resting("inet"), lab.data())->device == "map");
}

TEST_CASE("each mobile has tables and segments of its own") {
  Lab lab;
  lab.topology.nodes.push_back(lab.topology.nodes[lab.node("mn")]);
  const std::size_t other = lab.topology.nodes.size() - 1;
  const std::size_t mn = lab.binding.mobile;
  const std::set<std::uint32_t> tables{table_from(lab.topology, mn), table_led(lab.topology, mn),
                                       table_from(lab.topology, other), table_led(lab.topology, other)};
  CHECK(tables.size() == 4);
  CHECK(downlink_segment(lab.topology, lab.node("ar1"), mn) != downlink_segment(lab.topology, lab.node("ar1"), other));
}

TEST_CASE("routes as commands are one line that stops at the first that fails") {
  const Lab lab;
  const std::string commands = as_commands(lab.at("ar1", {RouteVerb::off, {}}));
  CHECK(commands.rfind("ip -6 route replace ", 0) == 0);
  CHECK(commands.find("ip -6 route replace blackhole ") != std::string::npos);
  CHECK(commands.find(" && ip -6 route replace ") != std::string::npos);
  CHECK(as_commands({}).empty());
}
