// What a probe would count of a handover, against the closed forms: t_s, D_o, D_n and J are what they are in
// redirect.hpp, and T is the interval.
#include "orchestrator/mobility/packet_stream.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "nodes/probe/score.hpp"
#include "tests/unit/mobility/redirect.hpp"

using namespace segue;
using namespace segue::test;

namespace {

double ns(Delay time) { return static_cast<double>(time.count()); }

// The old router forwards from the beginning over a link of `between`, until the anchor redirects.
config::Mechanism forwarding(Delay redirected) {
  auto mechanism = redirect(0ms, redirected, {});
  mechanism.start.push_back(at("old", RouteAction{RouteVerb::tunnel, "new"}));
  return mechanism;
}

void set_delay(PromptLab& lab, const char* link, Delay delay) {
  auto& one = lab.topology.links[config::find_link(lab.topology, link)];
  one.a_to_b.delay = one.b_to_a.delay = delay;
}

}  // namespace

TEST_CASE("a redirect interrupts from the last packet over the old link to the first that is heard over the new one") {
  const PromptLab lab;
  Dice dice;
  for (int i = 0; i < 50; ++i) {
    const Delay joined = dice.up_to(80ms);
    const Delay redirected = dice.up_to(80ms);
    const Expectation expected = of(lab, redirect(joined, redirected, {}));
    const Delay gap = std::max(redirected + way, joined) - std::min(Delay{0}, redirected + way);
    CHECK(expected.downlink.interruption_ns == doctest::Approx(ns(gap)));
    CHECK(expected.uplink.interruption_ns == doctest::Approx(ns(joined)));
    CHECK(expected.downlink.reordered == 0);
  }
}

TEST_CASE(
    "packets forwarded over a way that is longer are overtaken, as far as they lie behind the first on the other") {
  Dice dice;
  for (int i = 0; i < 20; ++i) {
    PromptLab lab = meshed();
    const Delay old_way = 1ms + dice.up_to(30ms);
    const Delay new_way = 1ms + dice.up_to(30ms);
    const Delay between = 100us + dice.up_to(900us);
    set_delay(lab, "map-ar1", old_way);
    set_delay(lab, "map-ar2", new_way);
    set_delay(lab, "ar1-ar2", between);
    const Ways ways(lab.topology, config::shortest_paths(meshed().topology));
    for (const Delay apart : {Delay(20ms), Delay(700us)}) {
      const auto expected = expect({lab.topology, ways}, forwarding(80ms), lab.binding, {apart, 222});
      const double behind = std::max(0.0, ns(old_way + between - new_way));
      // Those that are k intervals before the first on the new way, for every k with k T < the difference.
      CHECK(expected.downlink.reordered == doctest::Approx(std::max(0.0, std::ceil(behind / ns(apart)) - 1)));
      CHECK(std::abs(expected.downlink.reordered - behind / ns(apart)) <= 1);
    }
  }
}

TEST_CASE("of what is held until it is heard the first packet waits for longest, and all of them at one time") {
  const PromptLab lab;
  Dice dice;
  for (int i = 0; i < 50; ++i) {
    const Delay joined = 100ms + dice.up_to(80ms);
    const Delay redirected = dice.up_to(40ms);
    auto mechanism = redirect(joined, redirected, {});
    mechanism.start.push_back(at("new", BufferAction{.verb = BufferVerb::hold}));
    mechanism.steps.push_back(local("new", joined, {BufferAction{.verb = BufferVerb::release}}));
    const Expectation expected = of(lab, mechanism);
    const Delay waiting = joined - redirected - 10ms;
    CHECK(expected.downlink.deepest == doctest::Approx(packets(waiting)));
    CHECK(expected.downlink.longest_wait_ns == doctest::Approx(ns(waiting - interval / 2)));
    // The last before the gap came half an interval before its end, in the mean.
    CHECK(expected.downlink.interruption_ns == doctest::Approx(ns(joined + 100us - interval / 2)));
    CHECK(expected.downlink.overflowed == 0);
  }
}

TEST_CASE("a buffer that is full holds no more, and says how many it had no room for") {
  const PromptLab lab;
  Dice dice;
  for (const bool oldest : {false, true}) {
    for (int i = 0; i < 20; ++i) {
      const Delay joined = 150ms + dice.up_to(80ms);
      const Delay redirected = dice.up_to(40ms);
      const std::uint32_t limit = 1 + static_cast<std::uint32_t>(dice.up_to(3ns).count());
      auto mechanism = redirect(joined, redirected, {});
      mechanism.start.push_back(
          at("new", BufferAction{.verb = BufferVerb::hold, .limit = limit, .drop_oldest = oldest}));
      mechanism.steps.push_back(local("new", joined, {BufferAction{.verb = BufferVerb::release}}));
      const Expectation expected = of(lab, mechanism);
      const Delay waiting = joined - redirected - 10ms;
      CHECK(expected.downlink.deepest == doctest::Approx(limit));
      CHECK(expected.downlink.overflowed == doctest::Approx(packets(waiting) - limit));
      // The newest are dropped, or the oldest: then the first that is left has waited for `limit` intervals less a part.
      const Delay longest = oldest ? static_cast<int>(limit) * interval - interval / 2 : waiting - interval / 2;
      CHECK(expected.downlink.longest_wait_ns == doctest::Approx(ns(longest)));
    }
  }
}

TEST_CASE("packets fare as they do for good once the last change that they meet is over, complete or not") {
  const PromptLab lab;
  Dice dice;
  for (int i = 0; i < 20; ++i) {
    const Delay redirected = dice.up_to(800ms);
    // Complete when the radio has joined; what the old router does 10 s later meets no packet. 100 ms before the anchor.
    const Expectation expected = of(lab, redirect(5ms, redirected, {}));
    CHECK(expected.settled == std::max(redirected - 100ms, Delay(5ms)));
  }
}

TEST_CASE("what is counted of a stream is what the probe counts of the same arrivals") {
  const PromptLab lab = meshed();
  const Ways ways(lab.topology);
  Dice dice;
  for (int i = 0; i < 20; ++i) {
    auto mechanism = forwarding(40ms + dice.up_to(40ms));
    mechanism.start.push_back(at("mobile", BufferAction{.verb = BufferVerb::hold}));
    mechanism.steps.push_back(local("mobile", dice.up_to(60ms), {BufferAction{.verb = BufferVerb::release}}));
    const Passage passage = passage_of({lab.topology, ways}, mechanism, lab.binding, {interval, 222});
    for (const auto direction : {Passage::Direction::uplink, Passage::Direction::downlink}) {
      const Delay phase = dice.up_to(interval);
      std::vector<Nanoseconds> times;
      for (int k = -20; k < 20; ++k) times.push_back(k * interval + phase);
      const auto outcome = PacketStream(passage, direction).of(times, interval);
      std::vector<probe::Sent> sent;
      std::vector<probe::Received> received;
      for (std::size_t k = 0; k < times.size(); ++k) {
        sent.push_back({k, times[k].count()});
        if (outcome.arrivals[k].arrived) received.push_back({k, times[k].count(), outcome.arrivals[k].at.count()});
        CHECK(outcome.arrivals[k].arrived == passage.send(direction, times[k]).arrived);
      }
      std::stable_sort(received.begin(), received.end(),
                       [](const auto& a, const auto& b) { return a.received_ns < b.received_ns; });
      const auto score = probe::score(sent, received);
      CHECK(outcome.figures.lost == score.lost);
      CHECK(outcome.figures.reordered == score.reordered);
      CHECK(outcome.figures.interruption_ns == score.interruption_ns);
    }
  }
}
