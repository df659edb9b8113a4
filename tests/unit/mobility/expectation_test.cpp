#include "orchestrator/mobility/expectation.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "nodes/base/error.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/mobility/ends_attached.hpp"
#include "orchestrator/mobility/passage.hpp"

using namespace segue;
using namespace segue::mobility;
using namespace std::chrono_literals;
using config::RouteVerb;

namespace {

const std::filesystem::path prompt = std::filesystem::path(SEGUE_SOURCE_DIR) / "topologies/prompt";

struct Lab {
  config::Topology topology = config::load_topology(prompt);
  Ways ways{topology};
  Binding binding{node("mn"), node("ar1"), node("ar2")};

  std::size_t node(const char* name) const { return config::find_node(topology, name); }
  config::Mechanism mechanism(const std::string& name) const {
    return config::load_mechanism(prompt / "mechanisms" / (name + ".toml"), topology);
  }
  Expectation expected(const std::string& name) const { return of(mechanism(name)); }
  Expectation of(const config::Mechanism& mechanism) const {
    return expect({topology, ways}, mechanism, binding, {20ms, 222});
  }
};

}  // namespace

TEST_CASE("the scheduled handover takes 48 ms in eight messages, and loses 2.4 packets up and 2.9 down") {
  const Expectation expected = Lab().expected("prompt-scheduled");
  CHECK(expected.completion == 48ms);
  CHECK(expected.messages == 8);
  CHECK(expected.sent[0] == 0ns);
  CHECK(expected.received[0] == 10ms);
  CHECK(expected.done[0] == 10925us);
  CHECK(expected.sent[3] == expected.done[2]);
  // The success is confirmed on layer 2 before the new router reports.
  CHECK(expected.sent[7] == expected.done[6] + 100us);
  CHECK(expected.sent[8] == 48ms);
  // The anchor drops what comes up, from what was on its way when it began to what arrives as it ends.
  CHECK(expected.outage_uplink == 48ms);
  // What was on its way to the old router is lost too.
  CHECK(expected.outage_downlink == 58ms);
  CHECK(expected.uplink.lost == doctest::Approx(2.4));
  CHECK(expected.downlink.lost == doctest::Approx(2.9));
}

TEST_CASE("the unscheduled handover takes 71 ms in ten messages, 60.6 ms of it on the network") {
  const Lab lab;
  config::Mechanism mechanism = lab.mechanism("prompt-unscheduled");
  const Expectation expected = lab.of(mechanism);
  CHECK(expected.completion == 71ms);
  CHECK(expected.messages == 10);
  CHECK(expected.sent[10] == 81100us);  // the old router's release waits for the mobile's confirmation
  // The mobile sends again when the success is there; what it sent in the last 0.1 ms before found the old router off.
  CHECK(expected.outage_uplink == 71100us);
  // The anchor moves the route 10.1 ms and a processing delay before that.
  CHECK(expected.outage_downlink == 71ms - 10100us - 1040us + 10ms);
  CHECK(expected.uplink.lost == doctest::Approx(3.555));
  CHECK(expected.downlink.lost == doctest::Approx(3.493));
  for (auto& step : mechanism.steps) step.delay = 0ns;
  CHECK(lab.of(mechanism).completion == 60600us);
}

TEST_CASE("Mobile IPv6 takes 970.8 ms, and its uplink works after 440.5 ms of authentication") {
  const Expectation expected = Lab().expected("mobile-ipv6-eap-aka");
  CHECK(expected.completion == 970800us);
  CHECK(expected.done[8] == 440500us);
  // Three branches start at once, and the last message waits for two of them.
  CHECK(expected.sent[9] == 440500us);
  CHECK(expected.sent[11] == 440500us);
  CHECK(expected.sent[15] == 440500us);
  CHECK(expected.done[14] == 860700us);
  CHECK(expected.done[16] == 660700us);
  CHECK(expected.sent[17] == expected.done[14]);
  CHECK(expected.messages == 18);
  CHECK(expected.outage_uplink == 440600us);
  CHECK(expected.outage_downlink == 1080800us);
  CHECK(expected.uplink.lost == doctest::Approx(22.03));
  CHECK(expected.downlink.lost == doctest::Approx(54.04));
}

TEST_CASE("it is the same in both directions between the access routers") {
  Lab lab;
  const Expectation there = lab.expected("prompt-scheduled");
  std::swap(lab.binding.old_router, lab.binding.new_router);
  const Expectation back = lab.expected("prompt-scheduled");
  CHECK(there.completion == back.completion);
  CHECK(there.outage_uplink == back.outage_uplink);
  CHECK(there.outage_downlink == back.outage_downlink);
}

TEST_CASE("a link's delay moves the completion by as often as the critical path crosses it") {
  Lab lab;
  for (const char* name : {"map-ar1", "map-ar2"}) {
    config::Link& link = lab.topology.links[config::find_link(lab.topology, name)];
    link.a_to_b.delay = link.b_to_a.delay = 15ms;
  }
  CHECK(lab.expected("prompt-scheduled").completion == 48ms + 4 * 5ms);
  CHECK(lab.expected("mobile-ipv6-eap-aka").completion == 970800us + 7 * 5ms);
}

TEST_CASE("a route that never comes back loses packets without end") {
  const Lab lab;
  auto mechanism = lab.mechanism("prompt-scheduled");
  for (auto& step : mechanism.steps) {
    if (step.name == "success") step.actions.clear();
  }
  const Expectation never = lab.of(mechanism);
  CHECK(never.outage_uplink == Nanoseconds::max());
  CHECK(std::isinf(never.uplink.lost));
  CHECK(never.outage_downlink == 58ms);
  CHECK(never.dead_end == "packets from mn end at mn after the handover: nothing leads them on from there");
  CHECK(lab.expected("prompt-scheduled").dead_end.empty());
  mechanism.attached.clear();
  CHECK(lab.of(mechanism).outage_downlink == Nanoseconds::max());
}

TEST_CASE("a handover that touches no data route loses nothing") {
  const Lab lab;
  auto mechanism = lab.mechanism("prompt-scheduled");
  mechanism.start.clear();
  for (auto& step : mechanism.steps) step.actions.clear();
  const Expectation expected = lab.of(mechanism);
  CHECK(expected.completion == 48ms);
  CHECK(expected.uplink.lost == 0);
  CHECK(expected.downlink.lost == 0);
}

TEST_CASE("a move without a break: both routers pass the mobile's data on while the anchor switches") {
  const Lab lab;
  auto mechanism = lab.mechanism("prompt-scheduled");
  mechanism.start.clear();
  for (auto& step : mechanism.steps) {
    if (step.name == "release") step.actions.clear();
  }
  const Expectation expected = lab.of(mechanism);
  CHECK(expected.uplink.lost == 0);
  CHECK(expected.downlink.lost == 0);
}

TEST_CASE("the exact measure agrees with packets sent one by one") {
  const Lab lab;
  // The anchor closes twice, and the old router once in between.
  const Geography geography{lab.topology, lab.ways};
  const auto mn = lab.node("mn");
  const auto map = lab.node("map");
  const auto ar1 = lab.node("ar1");
  const auto does = [&](std::size_t node, RouteVerb verb, std::size_t target = config::npos) {
    return Conduct{forwarding_of(geography, mn, node, BoundAction{verb, target})};
  };
  Timeline timeline(geography, mn);
  timeline.begin_with(map, does(map, RouteVerb::tunnel, ar1));
  timeline.begin_with(ar1, does(ar1, RouteVerb::through_tunnel, map));
  timeline.begin_with(mn, does(mn, RouteVerb::via, ar1));
  timeline.add(3ms, map, does(map, RouteVerb::off));
  timeline.add(8ms, map, does(map, RouteVerb::tunnel, ar1));
  timeline.add(12ms, ar1, does(ar1, RouteVerb::off));
  timeline.add(14ms, ar1, does(ar1, RouteVerb::through_tunnel, map));
  timeline.add(20ms, map, does(map, RouteVerb::off));
  timeline.add(27ms, map, does(map, RouteVerb::tunnel, ar1));
  const Passage passage(geography, timeline, mn, lab.node("cn"), {20ms, 222});
  for (const auto direction : {Passage::Direction::uplink, Passage::Direction::downlink}) {
    Nanoseconds counted{0};
    for (Nanoseconds sent = -200ms; sent < 200ms; sent += 10us) {
      if (!passage.arrives(direction, sent)) counted += 10us;
    }
    CHECK(PacketStream(passage, direction).outage() == counted);
    CHECK(counted > 10ms);
  }
}

TEST_CASE("a mechanism has to end in what it calls attached, wherever the mobile goes") {
  const Lab lab;
  const Geography geography{lab.topology, lab.ways};
  for (const char* name : {"prompt-scheduled", "prompt-unscheduled", "mobile-ipv6-eap-aka"}) {
    CHECK_NOTHROW(require_ends_attached(geography, lab.mechanism(name), lab.node("mn")));
  }
  auto mechanism = lab.mechanism("prompt-scheduled");
  for (auto& step : mechanism.steps) {
    if (step.name == "success") step.actions.clear();
  }
  CHECK_THROWS_WITH_AS(
      require_ends_attached(geography, mechanism, lab.node("mn")),
      "mechanism prompt-scheduled: it does not end in what it calls attached: of packets from mn, after a "
      "handover from ar1 to ar2 mn drops them, where [[attached]] says that it leads them to ar2; add the "
      "action to a step, or change [[attached]]",
      InputError);
}

TEST_CASE("a mechanism that ends otherwise when a wait is drawn long is refused") {
  const Lab lab;
  auto mechanism = lab.mechanism("prompt-scheduled");
  config::Step late;
  late.name = "late";
  late.from = late.to = "new";
  late.layer = 0;
  late.actions = {config::RouteAction{RouteVerb::off, ""}};
  // The new router delivers for good after some 40 ms.
  late.wait = {1ms, 30ms};
  mechanism.steps.push_back(late);
  CHECK_NOTHROW(require_ends_attached({lab.topology, lab.ways}, mechanism, lab.node("mn")));
  mechanism.steps.back().wait = {1ms, 60ms};
  CHECK_THROWS_AS(require_ends_attached({lab.topology, lab.ways}, mechanism, lab.node("mn")), InputError);
}

TEST_CASE("delays are those of the direction of travel") {
  const auto completion = [](Delay down, Delay up) {
    Lab lab;
    for (const char* name : {"map-ar1", "map-ar2"}) {
      config::Link& link = lab.topology.links[config::find_link(lab.topology, name)];
      link.a_to_b.delay = down;
      link.b_to_a.delay = up;
    }
    return lab.expected("prompt-unscheduled").completion;
  };
  const auto symmetric = completion(10ms, 10ms);
  const auto down = completion(15ms, 10ms) - symmetric;
  const auto up = completion(10ms, 12ms) - symmetric;
  CHECK(down % 5ms == 0ms);
  CHECK(up % 2ms == 0ms);
  CHECK(down / 5ms + up / 2ms == 6);  // six crossings, as 60 ms are
}

TEST_CASE("a packet led in a circle ends by its hop limit, but not from tunnel to tunnel") {
  const Lab lab;
  const Geography geography{lab.topology, lab.ways};
  const auto mn = lab.node("mn");
  const auto map = lab.node("map");
  const auto ar1 = lab.node("ar1");
  const auto does = [&](std::size_t node, RouteVerb verb, std::size_t target = config::npos) {
    return Conduct{forwarding_of(geography, mn, node, BoundAction{verb, target})};
  };
  // Until `end` the anchor has `first`, and then it leads packets to ar1, which then delivers them.
  const auto fate_if_until = [&](Nanoseconds end, const Conduct& first) {
    Timeline timeline(geography, mn);
    timeline.begin_with(map, first);
    timeline.begin_with(ar1, does(ar1, RouteVerb::tunnel, map));
    timeline.add(end, map, does(map, RouteVerb::tunnel, ar1));
    timeline.add(end, ar1, does(ar1, RouteVerb::through));
    return Passage(geography, timeline, mn, lab.node("cn"), {20ms, 222}).send(Passage::Direction::downlink, 0ms);
  };
  // Between the anchor and inet, which leads packets home: 50 ms each. The correspondent's own sending takes nothing, 61
  // routers on the way to the 62nd leave three, and the tunnel's outer header needs two of them on its link.
  const auto plain = does(map, RouteVerb::via, lab.node("home"));
  CHECK(fate_if_until(62 * 50ms, plain).arrived);
  CHECK_FALSE(fate_if_until(63 * 50ms, plain).arrived);
  CHECK(fate_if_until(63 * 50ms, plain).circles);
  // From tunnel to tunnel, 10 ms each.
  const auto tunnel = does(map, RouteVerb::tunnel, ar1);
  CHECK(fate_if_until(1000 * 10ms, tunnel).arrived);
}
