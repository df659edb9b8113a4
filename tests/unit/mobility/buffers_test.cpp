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
#include "tests/unit/mobility/redirect.hpp"

using namespace segue;
using namespace segue::test;

TEST_CASE("a redirect loses what is on its way to the old link, and what comes to the new one too early") {
  const PromptLab lab;
  Dice dice;
  for (int i = 0; i < 50; ++i) {
    const Delay joined = dice.up_to(80ms);
    const Delay redirected = dice.up_to(80ms);
    const Expectation expected = of(lab, redirect(joined, redirected, {}));
    CHECK(expected.downlink.lost == doctest::Approx(packets(redirected + way) + packets(joined - redirected - way)));
    CHECK(expected.uplink.lost == doctest::Approx(packets(joined)));
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
    CHECK(expected.downlink.buffered == doctest::Approx(std::min<double>(waiting, limit)));
    CHECK(expected.downlink.overflowed == doctest::Approx(std::max<double>(0, waiting - limit)));
    CHECK(expected.downlink.lost == doctest::Approx(packets(redirected + way) + expected.downlink.overflowed));
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
    CHECK(expected.downlink.lost == doctest::Approx(packets(redirected + way - window)));
    CHECK(expected.downlink.duplicated == doctest::Approx(packets(window - redirected - way)));
    CHECK(expected.downlink.buffered == 0);
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
    const double lost = of(lab, mechanism).downlink.lost;
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
    CHECK(expected.downlink.duplicated == 0);
    CHECK(expected.downlink.lost == doctest::Approx(lost));
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
    CHECK(expected.uplink.buffered == doctest::Approx(2.5));
    CHECK(expected.uplink.lost == doctest::Approx(verb == BufferVerb::release ? 0 : 2.5));
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
  CHECK(scheduled.uplink.lost == 0);
  CHECK(scheduled.downlink.lost == 0);
  CHECK(scheduled.downlink.duplicated == doctest::Approx(packets(28ms - 25225us)));
  const Expectation unscheduled = of(lab, lab.mechanism("prompt-unscheduled-buffered"));
  CHECK(unscheduled.completion == 71ms);
  CHECK(unscheduled.uplink.lost == 0);
  CHECK(unscheduled.downlink.lost == 0);
  CHECK(unscheduled.downlink.duplicated == doctest::Approx(packets(73ms - 69960us)));
  CHECK(unscheduled.uplink.buffered == doctest::Approx(71.0 / 20));
}

TEST_CASE("ProMPt whose old router says what it has delivered loses and doubles nothing") {
  const PromptLab lab;
  const Expectation scheduled = of(lab, lab.mechanism("prompt-scheduled-delivered"));
  CHECK(scheduled.completion == 48ms + 925us);  // the old router hands the command on
  const Expectation unscheduled = of(lab, lab.mechanism("prompt-unscheduled-delivered"));
  CHECK(unscheduled.completion == 71ms);
  for (const Expectation& one : {scheduled, unscheduled}) {
    CHECK(one.uplink.lost == 0);
    CHECK(one.downlink.lost == 0);
    CHECK(one.downlink.duplicated == 0);
    CHECK(one.uplink.duplicated == 0);
  }
}

namespace {

// The old router forwards from `forwarding` on; the anchor redirects at `redirected`, and the new router delivers always.
Expectation forwarded(const PromptLab& lab, Delay forwarding, Delay redirected) {
  auto mechanism = redirect(0ms, redirected, {});
  mechanism.steps.push_back(local("old", forwarding, {RouteAction{RouteVerb::tunnel, "new"}}));
  return of(lab, mechanism);
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
    CHECK(expected.downlink.lost == doctest::Approx(packets(std::min(forwarding + 100us, redirected + way))));
  }
}

TEST_CASE("in a star a request to the old router and an update to the anchor leave nothing to forward") {
  const PromptLab lab;
  Dice dice;
  for (int i = 0; i < 50; ++i) {
    // From the new router at `attached`: the anchor is 10 ms away, and the old router behind it 20 ms.
    const Delay attached = dice.up_to(60ms);
    const Delay redirected = attached + 10ms;
    CHECK(forwarded(lab, attached + 20ms, redirected).downlink.lost ==
          doctest::Approx(of(lab, redirect(0ms, redirected, {})).downlink.lost));
  }
}
