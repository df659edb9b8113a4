// What a mechanism's words are for a mobile's IPv4 address: the same ways, in the kernel's terms and in the analysis.
#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "orchestrator/mobility/buffers.hpp"
#include "orchestrator/mobility/expectation.hpp"
#include "orchestrator/mobility/radio.hpp"
#include "tests/unit/mobility/prompt_lab.hpp"

using namespace segue;
using namespace segue::mobility;
using namespace std::chrono_literals;
using config::RouteAction;
using config::RouteVerb;
using netlink::Route;
using netlink::RouteType;

namespace {

struct Lab : PromptLab {
  Lab() : PromptLab(config::Overrides{{"addressing.ipv4", "10.0.0.0/8"}}) {}
  std::vector<Route> at(const char* where, const RouteAction& action) const {
    return resolve(geography(), binding, node(where), action);
  }
  std::vector<Route> resting(const char* where) const { return detached(geography(), binding, node(where)); }
};

bool is_ipv4(const Route& route) { return route.destination.address.family == Family::ipv4; }

std::vector<Route> of_family(const std::vector<Route>& routes, bool ipv4) {
  std::vector<Route> some;
  std::copy_if(routes.begin(), routes.end(), std::back_inserter(some),
               [ipv4](const Route& route) { return is_ipv4(route) == ipv4; });
  return some;
}

const Route* towards(const std::vector<Route>& routes, const Prefix& destination, std::uint32_t table = 254) {
  const auto found = std::find_if(routes.begin(), routes.end(), [&](const Route& route) {
    return route.destination == destination && route.table == table;
  });
  return found == routes.end() ? nullptr : &*found;
}

const std::vector<std::pair<const char*, RouteAction>> words{
    {"mn", {RouteVerb::off, {}}},      {"mn", {RouteVerb::via, "new"}},
    {"ar1", {RouteVerb::off, {}}},     {"ar1", {RouteVerb::tunnel, "new"}},
    {"ar1", {RouteVerb::via, "map"}},  {"ar2", {RouteVerb::through, {}}},
    {"map", {RouteVerb::off, {}}},     {"map", {RouteVerb::tunnel, "new"}},
    {"home", {RouteVerb::via, "new"}}, {"ar2", {RouteVerb::through_tunnel, "anchor"}}};

}  // namespace

TEST_CASE("every word does to IPv4 what it does to IPv6: as many routes, by the same next hops, in the same tables") {
  const Lab lab;
  for (const auto& word : words) {
    const auto& where = word.first;
    const auto& action = word.second;
    CAPTURE(where);
    CAPTURE(static_cast<int>(action.verb));
    auto all = lab.at(where, action);
    const auto ipv4 = of_family(all, true);
    // A segment is an IPv6 address, whatever is in its tunnel.
    std::erase_if(all, [&](const Route& route) {
      return lab.topology.nodes[lab.node(where)].locator.contains(route.destination.address);
    });
    const auto ipv6 = of_family(all, false);
    REQUIRE(ipv4.size() == ipv6.size());
    for (std::size_t i = 0; i < ipv4.size(); ++i) {
      CHECK(ipv4[i].via == ipv6[i].via);
      CHECK(ipv4[i].device == ipv6[i].device);
      CHECK(ipv4[i].type == ipv6[i].type);
      CHECK(ipv4[i].table == ipv6[i].table);
      CHECK(ipv4[i].source.has_value() == ipv6[i].source.has_value());
      if (ipv4[i].source) CHECK(ipv4[i].source->family == Family::ipv4);
      CHECK(ipv4[i].encapsulation.index() == ipv6[i].encapsulation.index());
    }
  }
}

TEST_CASE("IPv4 has segments of its own, which end in the tables of IPv6's") {
  const Lab lab;
  const auto mn = lab.binding.mobile;
  const auto led = table_led(lab.topology, mn);
  for (const char* where : {"ar1", "map"}) {
    CAPTURE(where);
    const auto routes = lab.resting(where);
    const auto node = lab.node(where);
    const auto end_of = [&](const Address& segment) {
      const Route* const route = towards(routes, host_prefix(segment));
      REQUIRE(route != nullptr);
      return route->encapsulation;
    };
    const bool access = where == std::string("ar1");
    CHECK(end_of(downlink_segment(lab.topology, node, mn)) ==
          decltype(Route::encapsulation){netlink::Seg6EndDt6{access ? led : 254}});
    // The main table is the rules' own last resort.
    const Address next_hop =
        std::get<netlink::Seg6EndDx4>(end_of(downlink_segment(lab.topology, node, mn, Family::ipv4))).next_hop;
    CHECK(to_text(next_hop) == (access ? "240.0.3.233" : "0.0.0.0"));
    CHECK(std::get<netlink::Seg6EndDx4>(end_of(uplink_segment(lab.topology, node, mn, Family::ipv4))).next_hop ==
          Address{.family = Family::ipv4});
    CHECK(lab.topology.nodes[node].locator.contains(downlink_segment(lab.topology, node, mn, Family::ipv4)));
  }
  const auto rules = rules_for(lab.geography(), mn, lab.node("ar1"));
  const auto stands = std::find_if(rules.begin(), rules.end(), [](const netlink::Rule& rule) {
    return rule.to == host_prefix(parse_address("240.0.3.233"));
  });
  REQUIRE(stands != rules.end());
  CHECK(stands->family == Family::ipv4);
  CHECK(stands->table == led);
  // It is not D that is looked up there.
  CHECK(towards(lab.at("ar1", {RouteVerb::through, {}}), {Address{.family = Family::ipv4}, 0}, led) != nullptr);
}

TEST_CASE("off at an anchor ends no tunnel of either family") {
  const Lab lab;
  const auto routes = lab.at("map", {RouteVerb::off, {}});
  CHECK(routes.size() == 6);
  for (const Route& route : routes) CHECK(route.type == RouteType::blackhole);
  CHECK(towards(routes, host_prefix(uplink_segment(lab.topology, lab.node("map"), lab.binding.mobile, Family::ipv4))) !=
        nullptr);
}

TEST_CASE("rules of a router, and of the radio, are there for both") {
  const Lab lab;
  for (const char* where : {"ar1", "map"}) {
    auto rules = rules_for(lab.geography(), lab.binding.mobile, lab.node(where));
    std::erase_if(rules, [](const netlink::Rule& rule) { return rule.to && rule.to->address.bytes[0] == 240; });
    REQUIRE(rules.size() % 2 == 0);
    const std::size_t half = rules.size() / 2;
    for (std::size_t i = 0; i < half; ++i) {
      CHECK(rules[i].family == Family::ipv6);
      CHECK(rules[half + i].family == Family::ipv4);
      CHECK(rules[half + i].iif == rules[i].iif);
      CHECK(rules[half + i].table == rules[i].table);
    }
  }
  const auto heard = radio_rules(lab.topology, lab.binding.mobile);
  CHECK(heard.size() == 4);
  CHECK(std::count_if(heard.begin(), heard.end(), [&](const netlink::Rule& rule) {
          return rule.family == Family::ipv4 && rule.to == host_prefix(lab.ipv4("mn"));
        }) == 2);
  const auto leaving = radio_actions(lab.topology, lab.binding.mobile, lab.node("ar1"), false);
  CHECK(std::get<protocol::SetRoutes>(leaving[0]).routes.size() == 2);
  CHECK(std::get<protocol::SetNeighbours>(leaving[1]).neighbours.size() == 1);
}

TEST_CASE("a buffer holds both, and what comes out of a tunnel of either") {
  const Lab lab;
  const auto buffer = buffer_at(lab.geography(), lab.binding, lab.node("ar2"), 1);
  CHECK(buffer.addresses == std::vector{lab.address("mn"), lab.ipv4("mn")});
  CHECK(std::count_if(buffer.rules.begin(), buffer.rules.end(),
                      [](const netlink::Rule& rule) { return rule.family == Family::ipv4; }) == 4);
  const Address segment = downlink_segment(lab.topology, lab.node("ar2"), lab.binding.mobile, Family::ipv4);
  const Route* const in = towards(buffer.into, host_prefix(segment));
  const Route* const out = towards(buffer.past, host_prefix(segment));
  REQUIRE(in != nullptr);
  REQUIRE(out != nullptr);
  const Address held = std::get<netlink::Seg6EndDx4>(in->encapsulation).next_hop;
  CHECK(held != std::get<netlink::Seg6EndDx4>(out->encapsulation).next_hop);
  CHECK(std::any_of(buffer.rules.begin(), buffer.rules.end(),
                    [&](const netlink::Rule& rule) { return rule.to == host_prefix(held); }));
  CHECK(unheld(lab.geography(), lab.binding, lab.node("ar2")).size() == 2);
}

TEST_CASE("commands name the family of their route") {
  const Lab lab;
  const auto commands = as_commands(lab.at("map", {RouteVerb::tunnel, "new"}));
  CHECK(commands.find("ip -4 route replace 10.0.1.1/32 encap seg6 mode encap segs ") != std::string::npos);
  CHECK(commands.find("ip -6 route replace fd5e:9e:0:1::1/128 encap seg6 ") == 0);
}

TEST_CASE("a handover loses of an IPv4 call what it loses of an IPv6 call, where no link has a rate") {
  const Lab lab;
  for (const char* name : {"prompt-scheduled", "prompt-unscheduled", "mobile-ipv6-eap-aka"}) {
    CAPTURE(name);
    const auto mechanism = lab.mechanism(name);
    const auto ipv6 = expect(lab.geography(), mechanism, lab.binding, {20ms, 222, Family::ipv6});
    const auto ipv4 = expect(lab.geography(), mechanism, lab.binding, {20ms, 202, Family::ipv4});
    CHECK(ipv4.completion == ipv6.completion);
    CHECK(ipv4.outage_uplink == ipv6.outage_uplink);
    CHECK(ipv4.outage_downlink == ipv6.outage_downlink);
    CHECK(ipv4.longest_way == ipv6.longest_way);
  }
}

TEST_CASE("what passes on to the correspondent takes the static routes of its family") {
  Lab lab;
  const auto cn = lab.node("cn");
  CHECK(lab.ways.next_link(lab.node("map"), cn, Family::ipv4) == lab.ways.next_link(lab.node("map"), cn));
  // An extra route of the file is for one family.
  config::ExtraRoute astray{.node = lab.node("map"), .destination = host_prefix(lab.ipv4("cn"))};
  astray.link = config::find_link(lab.topology, "map-ar1");
  lab.topology.extra_routes.push_back(astray);
  const Ways ways(lab.topology);
  CHECK(ways.next_link(lab.node("map"), cn, Family::ipv4) == astray.link);
  CHECK(ways.next_link(lab.node("map"), cn) != astray.link);
  const PromptLab without;
  CHECK(without.ways.next_link(without.node("map"), cn, Family::ipv4) == config::npos);
}

TEST_CASE("a tunnel's outer header begins afresh round IPv4, and with what is left round IPv6") {
  const Lab lab;
  const auto map = lab.node("map");
  const auto ar1 = lab.node("ar1");
  const auto mn = lab.binding.mobile;
  Timeline timeline(lab.geography(), mn);
  const auto does = [&](std::size_t node, RouteVerb verb, std::size_t target) {
    return Conduct{forwarding_of(lab.geography(), mn, node, BoundAction{verb, target})};
  };
  // Round and round: the anchor tunnels to the router, which leads back plainly and takes one off. With one left a tunnel
  // round IPv6 ends at its head already.
  timeline.begin_with(map, does(map, RouteVerb::tunnel, ar1));
  timeline.begin_with(ar1, does(ar1, RouteVerb::via, map));
  const auto end_of = [&](Family family) {
    const Passage passage(lab.geography(), timeline, mn, lab.node("cn"), {20ms, 222, family});
    const auto fate = passage.send(Passage::Direction::downlink, 0ms);
    CHECK(fate.circles);
    return fate.node;
  };
  CHECK(end_of(Family::ipv6) == map);
  CHECK(end_of(Family::ipv4) == ar1);
}
