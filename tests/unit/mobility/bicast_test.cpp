// Copies, flows and ways over a node in the analysis, against closed forms: a node N sends every packet the present way and
// a copy another way, so much later; D_o and D_n are the delays from it to the mobile.
#include <doctest/doctest.h>

#include "nodes/base/error.hpp"
#include "orchestrator/mobility/passage.hpp"
#include "tests/unit/mobility/redirect.hpp"

using namespace segue;
using namespace segue::mobility;
using namespace std::chrono_literals;
using namespace segue::test;
using config::BicastAction;
using config::Flow;
using Direction = Passage::Direction;

namespace {

const RouteAction to_new{RouteVerb::tunnel, "new"};
const RouteAction off{RouteVerb::off, ""};
const BicastAction no_copies{off};

// From the correspondent to the anchor.
constexpr Delay before = 100ms;

// Attached, the anchor leads packets to the new router. In a handover that one delivers from the beginning on; the old one
// does so to its end.
config::Mechanism attached_to_new() {
  config::Mechanism mechanism;
  mechanism.attached = {at("anchor", to_new), at("new", RouteAction{RouteVerb::through, ""}),
                        at("mobile", RouteAction{RouteVerb::via, "new"})};
  mechanism.start = {at("new", RouteAction{RouteVerb::through, ""})};
  mechanism.steps = {local("old", 10s, {off})};
  return mechanism;
}

// The mobile leaves the old link at `left` and hears the new one from `joined` on.
void tune(config::Mechanism& mechanism, Delay left, Delay joined) {
  mechanism.steps.push_back(local("mobile", left, {RadioAction{RadioVerb::leave, "old"}}));
  mechanism.steps.push_back(
      local("mobile", joined, {RadioAction{RadioVerb::join, "new"}, RouteAction{RouteVerb::via, "new"}}));
}

// The anchor sends copies to the new router from the beginning of the handover to `end`, where it redirects packets.
void copy(config::Mechanism& mechanism, Delay delay, Delay end) {
  mechanism.start.push_back(at("anchor", BicastAction{to_new, delay}));
  mechanism.steps.push_back(local("anchor", end, {to_new, no_copies}));
}

Passage passage(const PromptLab& lab, const config::Mechanism& mechanism) {
  return passage_of(lab.geography(), mechanism, lab.binding, {interval, 222});
}

auto arrivals(const Passage& run, Delay sent) {
  const auto fates = run.unhindered(Direction::downlink, sent);
  return std::count_if(fates.begin(), fates.end(), [](const Passage::Fate& fate) { return fate.arrived; });
}

Delay waited(const Passage::Fate& fate, Delay sent) {
  return fate.stays.empty() ? Delay{0} : fate.stays.back().until - sent - fate.stays.back().came;
}

std::string refusal(const PromptLab& lab, const config::Mechanism& mechanism) {
  try {
    require_ends_attached(lab.geography(), mechanism, lab.node("mn"));
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

Delay down(const PromptLab& lab, const char* router) {
  const auto& links = lab.topology.links;
  const auto access = config::find_link(lab.topology, std::string("mn-") + router);
  const auto domain = config::find_link(lab.topology, std::string("map-") + router);
  return config::leaving(links[domain], lab.node("map")).delay + config::leaving(links[access], lab.node(router)).delay;
}

}  // namespace

TEST_CASE("copies lose what neither of both reaches the mobile with, and double what reaches it with both") {
  Dice dice;
  for (int i = 0; i < 100; ++i) {
    PromptLab lab;
    for (const char* name : {"map-ar1", "map-ar2"}) {
      lab.topology.links[config::find_link(lab.topology, name)].a_to_b.delay = dice.up_to(60ms);
    }
    const Delay deaf = dice.up_to(120ms) - 40ms;  // J: below 0 it hears both for a while
    const Delay delay = dice.up_to(80ms);
    auto mechanism = attached_to_new();
    tune(mechanism, 500ms, 500ms + deaf);
    copy(mechanism, delay, 800ms);
    const Expectation expected = of(lab, mechanism);
    const Delay old_way = down(lab, "ar1");
    const Delay new_way = down(lab, "ar2");
    CHECK(expected.downlink.lost == doctest::Approx(packets(deaf + old_way - new_way - delay)));
    CHECK(expected.downlink.duplicated == doctest::Approx(packets(new_way + delay - old_way - deaf)));
    CHECK(expected.downlink.buffered == 0);
  }
}

TEST_CASE("when copies end, those that are still to go leave at once") {
  const PromptLab lab;
  auto mechanism = attached_to_new();
  tune(mechanism, 300ms, 300ms);
  copy(mechanism, 200ms, 400ms);
  const Passage run = passage(lab, mechanism);
  const Delay new_way = down(lab, "ar2");
  // At the anchor 1 ms before the end, and over the old link only after the mobile has left it.
  const auto flushed = run.send(Direction::downlink, 399ms - before);
  CHECK(flushed.arrived);
  CHECK(flushed.delay == before + 1ms + new_way);
  CHECK(arrivals(run, 399ms - before) == 1);
  const auto delayed = run.send(Direction::downlink, 195ms - before);
  CHECK(delayed.delay == before + down(lab, "ar1"));
  CHECK(arrivals(run, 195ms - before) == 2);
  CHECK(run.send(Direction::downlink, 401ms - before).delay == before + new_way);
  // All of what was flushed arrives, so that nothing is lost but what was on its way at both ends of the mobile's move.
  CHECK(of(lab, mechanism).downlink.lost == 0);
}

TEST_CASE("copies that are led another way leave the way they had, and at once") {
  const PromptLab lab;
  auto mechanism = attached_to_new();
  tune(mechanism, 1ms, 1ms);
  mechanism.start.push_back(at("anchor", BicastAction{to_new, 100ms}));
  // From 50 ms on the copies go to the old router, where nobody hears them.
  mechanism.steps.push_back(local("anchor", 50ms, {BicastAction{RouteAction{RouteVerb::tunnel, "old"}, 100ms}}));
  mechanism.steps.push_back(local("anchor", 500ms, {to_new, no_copies}));
  const Passage run = passage(lab, mechanism);
  CHECK(run.send(Direction::downlink, 49ms - before).delay == before + 1ms + down(lab, "ar2"));
  CHECK_FALSE(run.send(Direction::downlink, 51ms - before).arrived);
}

TEST_CASE("copies wait where packets are held, and count against the room there") {
  const PromptLab lab;
  Dice dice;
  for (int i = 0; i < 30; ++i) {
    const Delay deaf = 20ms + dice.up_to(150ms);
    const std::uint32_t limit = 1 + static_cast<std::uint32_t>(dice.up_to(8ns).count());
    const bool oldest = i % 2 == 0;
    auto mechanism = attached_to_new();
    tune(mechanism, 500ms, 500ms + deaf);
    copy(mechanism, 0ms, 900ms);
    mechanism.steps.push_back(
        local("new", 499900us, {BufferAction{.verb = BufferVerb::hold, .limit = limit, .drop_oldest = oldest}}));
    mechanism.steps.push_back(local("new", 500ms + deaf, {BufferAction{.verb = BufferVerb::release}}));
    const Expectation expected = of(lab, mechanism);
    // Held from just when the last packets come over the old link.
    const double waiting = packets(deaf + 100us);
    CHECK(expected.downlink.buffered == doctest::Approx(std::min<double>(waiting, limit)));
    CHECK(expected.downlink.overflowed == doctest::Approx(std::max<double>(0, waiting - limit)));
    CHECK(expected.downlink.lost == doctest::Approx(std::max<double>(0, waiting - limit)));
  }
}

TEST_CASE("a mechanism that leaves copies on, has them where packets wait, or lets them come back is refused") {
  const PromptLab lab;
  auto still = attached_to_new();
  tune(still, 1ms, 1ms);
  still.steps.push_back(local("anchor", 5ms, {to_new, BicastAction{to_new, 0ms}}));
  CHECK(refusal(lab, still).find("map still sends copies of packets") != std::string::npos);
  auto waits = attached_to_new();
  tune(waits, 1ms, 1ms);
  copy(waits, 0ms, 50ms);
  auto with_hold = waits;
  with_hold.steps.push_back(local("anchor", 20ms, {BufferAction{.verb = BufferVerb::hold}}));
  CHECK(refusal(lab, with_hold).find("node map: a buffer is told something there while copies") != std::string::npos);
  auto with_window = waits;
  with_window.attached.push_back(at("anchor", BufferAction{.verb = BufferVerb::window, .window = 5ms}));
  CHECK(
      refusal(lab, with_window).find("node map: copies of packets are sent that wait there, or that a window keeps") !=
      std::string::npos);
  // A copy to the home agent comes back to the anchor, and is copied again.
  auto again = attached_to_new();
  tune(again, 1ms, 1ms);
  again.start.push_back(at("anchor", BicastAction{RouteAction{RouteVerb::via, "home"}, 0ms}));
  again.start.push_back(at("home", RouteAction{RouteVerb::tunnel, "anchor"}));
  again.steps.push_back(local("anchor", 500ms, {to_new, no_copies}));
  again.steps.push_back(local("home", 500ms, {off}));
  again.attached.push_back(at("home", off));
  CHECK(refusal(lab, again).find("packets come back to map while it sends copies of them") != std::string::npos);
}

namespace {

// The old router forwards from the beginning on, and the anchor redirects at 50 ms: in this star a packet that is forwarded
// comes 20 ms later to the new router than one that is sent there directly.
config::Mechanism forwarding() {
  auto mechanism = attached_to_new();
  tune(mechanism, 0ms, 0ms);
  mechanism.start.push_back(at("old", to_new));
  mechanism.steps.push_back(local("anchor", 50ms, {to_new}));
  return mechanism;
}

}  // namespace

TEST_CASE("of what is forwarded and what comes directly either may wait alone") {
  const PromptLab lab;
  // They come to the new router until 80 ms, and from 60 ms on.
  struct Hold {
    Flow flow;
    Delay direct;     // how long the direct packet sent 5 ms after the redirect waits
    Delay forwarded;  // and the forwarded one sent 5 ms before it
  };
  for (const auto& [flow, direct, forwarded] :
       {Hold{Flow::direct, 35ms, 0ms}, Hold{Flow::forwarded, 0ms, 25ms}, Hold{Flow::all, 35ms, 25ms}}) {
    auto mechanism = forwarding();
    mechanism.start.push_back(at("new", BufferAction{.verb = BufferVerb::hold, .flow = flow}));
    mechanism.steps.push_back(local("new", 100ms, {BufferAction{.verb = BufferVerb::release, .flow = flow}}));
    CHECK(refusal(lab, mechanism) == "");
    const Passage run = passage(lab, mechanism);
    const auto after = run.send(Direction::downlink, 55ms - before);
    CHECK(after.arrived);
    CHECK(waited(after, 55ms - before) == direct);
    CHECK(after.delay == before + down(lab, "ar2") + direct);
    const auto earlier = run.send(Direction::downlink, 45ms - before);
    CHECK(earlier.arrived);
    CHECK(waited(earlier, 45ms - before) == forwarded);
    CHECK(earlier.delay == before + 30100us + forwarded);
  }
}

TEST_CASE("each flow that waits by itself has room of its own, and one queue for both goes on as a whole") {
  const PromptLab lab;
  auto mechanism = forwarding();
  mechanism.start.push_back(at("new", BufferAction{.verb = BufferVerb::hold, .limit = 2, .flow = Flow::forwarded}));
  mechanism.start.push_back(at("new", BufferAction{.verb = BufferVerb::hold, .limit = 1, .flow = Flow::direct}));
  mechanism.steps.push_back(local("new", 200ms, {BufferAction{.verb = BufferVerb::release}}));
  // Forwarded: from 20 ms to 80 ms; direct: from 60 ms to 200 ms. What was on the access link when the mobile left is lost.
  const Expectation expected = of(lab, mechanism);
  CHECK(expected.downlink.buffered == doctest::Approx(2 + 1));
  CHECK(expected.downlink.overflowed == doctest::Approx(packets(60ms) - 2 + packets(140ms) - 1));
  auto discards = mechanism;
  discards.steps.back().actions = {BufferAction{.verb = BufferVerb::discard, .flow = Flow::forwarded},
                                   BufferAction{.verb = BufferVerb::release, .flow = Flow::direct}};
  CHECK(of(lab, discards).downlink.lost == doctest::Approx(packets(60ms) + packets(140ms) - 1 + packets(100us)));

  auto as_a_whole = forwarding();
  as_a_whole.start.push_back(at("new", BufferAction{.verb = BufferVerb::hold}));
  as_a_whole.steps.push_back(local("new", 100ms, {BufferAction{.verb = BufferVerb::release, .flow = Flow::forwarded}}));
  CHECK(refusal(lab, as_a_whole).find("forwarded and direct packets wait there in one queue") != std::string::npos);
  auto mixed = mechanism;
  mixed.steps.insert(mixed.steps.begin(), local("new", 100ms, {BufferAction{.verb = BufferVerb::hold}}));
  CHECK(refusal(lab, mixed).find("wait there in a queue of their own") != std::string::npos);
}

TEST_CASE(
    "a tunnel that is led over a node takes both legs, and two access routers that forward to each other a circle") {
  const PromptLab lab;
  auto mechanism = attached_to_new();
  tune(mechanism, 0ms, 0ms);
  mechanism.steps.push_back(local("anchor", 0ms, {to_new}));
  mechanism.attached[0] = at("anchor", RouteAction{RouteVerb::tunnel, "new", config::Encapsulation::srv6, "inet"});
  mechanism.steps.back().actions = {mechanism.attached[0].action};
  const Passage run = passage(lab, mechanism);
  const auto inet = config::find_link(lab.topology, "map-inet");
  const Delay there = lab.topology.links[inet].a_to_b.delay + lab.topology.links[inet].b_to_a.delay;
  CHECK(run.send(Direction::downlink, 1s).delay == before + there + down(lab, "ar2"));
  auto circle = forwarding();
  circle.steps[0].actions = {to_new};
  circle.steps.push_back(local("new", 1ms, {RouteAction{RouteVerb::tunnel, "old"}}));
  CHECK(expect(lab.geography(), circle, lab.binding, {interval, 222}).dead_end.find("led in a circle") !=
        std::string::npos);
}
