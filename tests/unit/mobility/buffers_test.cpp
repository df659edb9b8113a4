// Holds and windows in the analysis, against the closed forms: what a redirect of packets by a node N loses that has its
// new route at t_s, with the delays D_o and D_n to the mobile over the old and the new link, which it leaves at 0 and
// hears from J on.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "nodes/base/error.hpp"
#include "orchestrator/mobility/ends_attached.hpp"
#include "orchestrator/mobility/expectation.hpp"
#include "orchestrator/mobility/passage.hpp"
#include "tests/unit/mobility/prompt_lab.hpp"

using namespace segue;
using namespace segue::mobility;
using namespace std::chrono_literals;
using config::BufferAction;
using config::BufferVerb;
using config::RadioAction;
using config::RadioVerb;
using config::RouteAction;
using config::RouteVerb;

namespace {

constexpr Delay interval = 20ms;

double packets(Delay time) { return std::max(0.0, static_cast<double>(time.count()) / interval.count()); }

// The anchor is N: D_o = D_n = 10.1 ms.
constexpr Delay way = 10100us;

config::Placed at(const char* node, config::Action action) { return {node, std::move(action), 0}; }

config::Step local(const char* node, Delay when, std::vector<config::Action> actions) {
  config::Step step;
  step.name = node + std::to_string(when.count());
  step.from = step.to = node;
  step.layer = 0;
  step.wait = {when, when};
  step.actions = std::move(actions);
  return step;
}

// The mobile leaves at 0 and hears the new router from `joined` on; the anchor redirects at `redirected`.
config::Mechanism redirect(Delay joined, Delay redirected, std::vector<config::Action> at_redirect) {
  config::Mechanism mechanism;
  mechanism.attached = {at("anchor", RouteAction{RouteVerb::tunnel, "new"}),
                        at("new", RouteAction{RouteVerb::through, ""}),
                        at("mobile", RouteAction{RouteVerb::via, "new"})};
  mechanism.start = {at("mobile", RadioAction{RadioVerb::leave, "old"}),
                     at("new", RouteAction{RouteVerb::through, ""})};
  at_redirect.insert(at_redirect.begin(), RouteAction{RouteVerb::tunnel, "new"});
  mechanism.steps = {local("mobile", joined, {RadioAction{RadioVerb::join, "new"}, RouteAction{RouteVerb::via, "new"}}),
                     local("anchor", redirected, std::move(at_redirect)),
                     local("old", 10s, {RouteAction{RouteVerb::off, ""}})};
  return mechanism;
}

Expectation of(const PromptLab& lab, const config::Mechanism& mechanism) {
  CHECK_NOTHROW(require_ends_attached(lab.geography(), mechanism, lab.node("mn")));
  return expect(lab.geography(), mechanism, lab.binding, {interval, 222});
}

class Dice {
 public:
  Delay up_to(Delay most) {
    return Delay(static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most.count())));
  }

 private:
  std::mt19937_64 random_{7};
};

}  // namespace

TEST_CASE("a redirect loses what is on its way to the old link, and what comes to the new one too early") {
  const PromptLab lab;
  Dice dice;
  for (int i = 0; i < 50; ++i) {
    const Delay joined = dice.up_to(80ms);
    const Delay redirected = dice.up_to(80ms);
    const Expectation expected = of(lab, redirect(joined, redirected, {}));
    CHECK(expected.lost_downlink == doctest::Approx(packets(redirected + way) + packets(joined - redirected - way)));
    CHECK(expected.lost_uplink == doctest::Approx(packets(joined)));
  }
}

TEST_CASE("what is held at the new router until it is heard is late and not lost, as far as there is room") {
  const PromptLab lab;
  Dice dice;
  for (int i = 0; i < 50; ++i) {
    const Delay joined = 60ms + dice.up_to(80ms);
    const Delay redirected = dice.up_to(40ms);
    const std::uint32_t limit = 1 + static_cast<std::uint32_t>(dice.up_to(6ns).count());
    auto mechanism = redirect(joined, redirected, {});
    mechanism.start.push_back(at("new", BufferAction{.verb = BufferVerb::hold, .limit = limit}));
    mechanism.steps.push_back(local("new", joined, {BufferAction{.verb = BufferVerb::release}}));
    const Expectation expected = of(lab, mechanism);
    const double waiting = packets(joined - redirected - 10ms);
    CHECK(expected.buffered_downlink == doctest::Approx(std::min<double>(waiting, limit)));
    CHECK(expected.overflowed_downlink == doctest::Approx(std::max<double>(0, waiting - limit)));
    CHECK(expected.lost_downlink == doctest::Approx(packets(redirected + way) + expected.overflowed_downlink));
  }
}

TEST_CASE("a window that is replayed loses what it does not reach back to, and doubles what it need not") {
  const PromptLab lab;
  Dice dice;
  for (int i = 0; i < 50; ++i) {
    const Delay redirected = 1ms + dice.up_to(80ms);
    const Delay joined = dice.up_to(redirected);
    const Delay window = 1us + dice.up_to(120ms);
    auto mechanism = redirect(joined, redirected, {BufferAction{.verb = BufferVerb::replay}});
    mechanism.attached.push_back(at("anchor", BufferAction{.verb = BufferVerb::window, .window = window}));
    const Expectation expected = of(lab, mechanism);
    CHECK(expected.lost_downlink == doctest::Approx(packets(redirected + way - window)));
    CHECK(expected.duplicated_downlink == doctest::Approx(packets(window - redirected - way)));
    CHECK(expected.buffered_downlink == 0);
  }
}

TEST_CASE("a window that forgets what the old router has delivered doubles nothing, and loses no more for it") {
  const PromptLab lab;
  Dice dice;
  for (int i = 0; i < 50; ++i) {
    const Delay redirected = 40ms + dice.up_to(40ms);
    const Delay window = 1us + dice.up_to(150ms);
    auto mechanism = redirect(1ms, redirected, {BufferAction{.verb = BufferVerb::replay}});
    mechanism.attached.push_back(at("anchor", BufferAction{.verb = BufferVerb::window, .window = window}));
    const double lost = of(lab, mechanism).lost_downlink;
    config::Step delivered;
    delivered.name = delivered.message = "delivered";
    delivered.from = "old";
    delivered.to = "anchor";
    delivered.actions = {BufferAction{.verb = BufferVerb::forget}};
    auto asked = local("old", 1ms + dice.up_to(20ms), {});
    delivered.after = {mechanism.steps.size()};
    mechanism.steps.push_back(asked);
    mechanism.steps.push_back(delivered);
    const Expectation expected = of(lab, mechanism);
    CHECK(expected.duplicated_downlink == 0);
    CHECK(expected.lost_downlink == doctest::Approx(lost));
  }
}

TEST_CASE("a router that does not know yet what the mobile has received is not asked") {
  const PromptLab lab;
  auto mechanism = lab.mechanism("prompt-unscheduled-delivered");
  for (auto& placed : mechanism.start) {
    if (std::holds_alternative<RadioAction>(placed.action)) placed.action = RadioAction{RadioVerb::join, "new"};
  }
  mechanism.steps.push_back(local("mobile", 10s, {RadioAction{RadioVerb::leave, "old"}}));
  CHECK_THROWS_WITH_AS(
      require_ends_attached(lab.geography(), mechanism, lab.node("mn")),
      doctest::Contains("ar1 does not know that yet when it sends it: the radio of mn has not left it"), InputError);
}

TEST_CASE("what the mobile holds while it is on no link goes on when it is, and what is discarded is lost") {
  const PromptLab lab;
  for (const auto verb : {BufferVerb::release, BufferVerb::discard}) {
    auto mechanism = redirect(50ms, 60ms, {});
    mechanism.start.push_back(at("mobile", BufferAction{.verb = BufferVerb::hold}));
    mechanism.steps[0].actions.emplace_back(BufferAction{.verb = verb});
    const Expectation expected = of(lab, mechanism);
    CHECK(expected.buffered_uplink == doctest::Approx(2.5));
    CHECK(expected.lost_uplink == doctest::Approx(verb == BufferVerb::release ? 0 : 2.5));
    CHECK(expected.longest_way >= 50ms);
  }
}

TEST_CASE("a mechanism that leaves packets waiting, its radio elsewhere or a message unheard is refused") {
  const PromptLab lab;
  const auto refusal = [&](const config::Mechanism& mechanism) -> std::string {
    try {
      require_ends_attached(lab.geography(), mechanism, lab.node("mn"));
    } catch (const InputError& error) {
      return error.what();
    }
    return {};
  };
  auto waiting = redirect(5ms, 6ms, {});
  waiting.steps[1].actions.emplace_back(BufferAction{.verb = BufferVerb::hold});
  CHECK(refusal(waiting).find("packets still wait at map") != std::string::npos);
  auto elsewhere = redirect(5ms, 6ms, {});
  elsewhere.steps[0].actions = {RouteAction{RouteVerb::via, "new"}};
  CHECK(refusal(elsewhere).find("the radio of mn has left ar2, and attached it has joined it") != std::string::npos);
  auto unheard = lab.mechanism("prompt-scheduled-buffered");
  unheard.start.push_back(at("mobile", RadioAction{RadioVerb::leave, "old"}));
  CHECK(
      refusal(unheard).find("step \"command\" goes over the link with ar1, which the radio of mn is not on by then") !=
      std::string::npos);
}

TEST_CASE("ProMPt with a window at the anchor loses nothing, and doubles what the window is too wide") {
  const PromptLab lab;
  const Expectation scheduled = of(lab, lab.mechanism("prompt-scheduled-buffered"));
  CHECK(scheduled.completion == 48ms);
  CHECK(scheduled.lost_uplink == 0);
  CHECK(scheduled.lost_downlink == 0);
  CHECK(scheduled.duplicated_downlink == doctest::Approx(packets(28ms - 25225us)));
  const Expectation unscheduled = of(lab, lab.mechanism("prompt-unscheduled-buffered"));
  CHECK(unscheduled.completion == 71ms);
  CHECK(unscheduled.lost_uplink == 0);
  CHECK(unscheduled.lost_downlink == 0);
  CHECK(unscheduled.duplicated_downlink == doctest::Approx(packets(73ms - 69960us)));
  CHECK(unscheduled.buffered_uplink == doctest::Approx(71.0 / 20));
}

TEST_CASE("ProMPt whose old router says what it has delivered loses and doubles nothing") {
  const PromptLab lab;
  const Expectation scheduled = of(lab, lab.mechanism("prompt-scheduled-delivered"));
  CHECK(scheduled.completion == 48ms + 925us);  // the old router hands the command on
  const Expectation unscheduled = of(lab, lab.mechanism("prompt-unscheduled-delivered"));
  CHECK(unscheduled.completion == 71ms);
  for (const Expectation& one : {scheduled, unscheduled}) {
    CHECK(one.lost_uplink == 0);
    CHECK(one.lost_downlink == 0);
    CHECK(one.duplicated_downlink == 0);
    CHECK(one.duplicated_uplink == 0);
  }
}

namespace {

// The old router forwards from `forwarding` on; the anchor redirects at `redirected`, and the new router delivers always.
Expectation forwarded(const PromptLab& lab, Delay forwarding, Delay redirected) {
  auto mechanism = redirect(0ms, redirected, {});
  mechanism.steps.push_back(local("old", forwarding, {RouteAction{RouteVerb::tunnel, "new"}}));
  return of(lab, mechanism);
}

// A link of 0.1 ms between the access routers, over which the routes between them lead.
PromptLab meshed() {
  PromptLab lab;
  config::Link link = lab.topology.links[config::find_link(lab.topology, "map-ar1")];
  link.name = "ar1-ar2";
  link.subnet = parse_prefix("fd5e:9e:ff:1::/64");
  link.a = {.node = lab.node("ar1"), .interface = "ar2", .address = parse_address("fd5e:9e:ff:1::1")};
  link.b = {.node = lab.node("ar2"), .interface = "ar1", .address = parse_address("fd5e:9e:ff:1::2")};
  link.a_to_b.delay = link.b_to_a.delay = 100us;
  lab.topology.links.push_back(link);
  return lab;
}

}  // namespace

TEST_CASE("forwarding by the old router saves all that comes there later than it begins, until the anchor redirects") {
  const PromptLab lab = meshed();
  const Ways ways(lab.topology);
  Dice dice;
  for (int i = 0; i < 50; ++i) {
    const Delay forwarding = dice.up_to(20ms);
    const Delay redirected = forwarding + dice.up_to(60ms);
    auto mechanism = redirect(0ms, redirected, {});
    mechanism.steps.push_back(local("old", forwarding, {RouteAction{RouteVerb::tunnel, "new"}}));
    const auto expected = expect({lab.topology, ways}, mechanism, lab.binding, {interval, 222});
    // The old router is at the mobile's access link, 0.1 ms from it.
    CHECK(expected.lost_downlink == doctest::Approx(packets(std::min(forwarding + 100us, redirected + way))));
  }
}

TEST_CASE("in a star a request to the old router and an update to the anchor leave nothing to forward") {
  const PromptLab lab;
  Dice dice;
  for (int i = 0; i < 50; ++i) {
    // From the new router at `attached`: the anchor is 10 ms away, and the old router behind it 20 ms.
    const Delay attached = dice.up_to(60ms);
    const Delay redirected = attached + 10ms;
    CHECK(forwarded(lab, attached + 20ms, redirected).lost_downlink ==
          doctest::Approx(of(lab, redirect(0ms, redirected, {})).lost_downlink));
  }
}
