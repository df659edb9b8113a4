// What gaps consist of, and what a shorter delay saves: for the paper's mechanisms, and for networks and mechanisms that
// nobody thought of.
#include "orchestrator/mobility/explanation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "nodes/base/error.hpp"
#include "nodes/base/units.hpp"
#include "orchestrator/config/expansion.hpp"
#include "tests/agreement/random_lab.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/unit/mobility/redirect.hpp"

using namespace segue;
using namespace segue::test;

namespace {

constexpr DataFlow call{20ms, 222};

double sum_of(const record::Explanation& explanation, double record::Gaps::*gap, const std::string& kind = {}) {
  double sum = 0;
  for (const auto& part : explanation.parts) {
    if (kind.empty() || part.kind == kind) sum += part.ns.*gap;
  }
  return sum;
}

const record::Saving& saving_of(const record::Explanation& explanation, const std::string& parameter) {
  for (const auto& saving : explanation.savings) {
    if (saving.parameter == parameter) return saving;
  }
  FAIL("nothing is saved by " << parameter);
  return explanation.savings.front();
}

// A lab that was drawn; its mechanism may be none that is accepted.
struct DrawnLab {
  DrawnLab(std::uint64_t seed, const std::filesystem::path& in) : folder(in / std::to_string(seed)) {
    write_lab(draw_lab(seed), folder);
    topology = config::load_topology(folder);
    ways.emplace(topology);
    mobile = config::find_node(topology, "mn");
    try {
      mechanism = changed({});
      require_ends_attached({topology, *ways}, mechanism, mobile);
      accepted = true;
    } catch (const InputError&) {
    }
  }
  DrawnLab(const DrawnLab&) = delete;
  DrawnLab& operator=(const DrawnLab&) = delete;

  config::Mechanism changed(const config::Overrides& overrides) const {
    return config::load_mechanism(folder / "mechanisms" / "random.toml", topology, overrides);
  }

  std::filesystem::path folder;
  config::Topology topology;
  std::optional<Ways> ways;
  std::size_t mobile = 0;
  config::Mechanism mechanism;
  bool accepted = false;
};

// Completion and outages are whole nanoseconds; interruptions are means.
void check_sums(const record::Explanation& explanation) {
  for (const auto& figure : record::gap_figures) {
    CAPTURE(figure.name);
    const double whole = explanation.whole.*figure.member;
    if (std::isinf(whole)) continue;
    const bool mean =
        figure.member == &record::Gaps::interruption_uplink || figure.member == &record::Gaps::interruption_downlink;
    CHECK(std::abs(sum_of(explanation, figure.member) - whole) <= (mean ? 50.0 : 0.0));
    CHECK(sum_of(explanation, figure.member, "rest") == 0);
  }
}

}  // namespace

TEST_CASE("scheduled ProMPt is 40.5 ms of signalling, 0.1 ms of confirmation and eight times its processing") {
  const PromptLab lab;
  const auto explanation = explain(lab.geography(), lab.mechanism("prompt-scheduled"), lab.binding, call);
  check_sums(explanation);
  CHECK(explanation.whole.completion == 48e6);
  CHECK(sum_of(explanation, &record::Gaps::completion, "signalling") == 40.5e6);
  CHECK(sum_of(explanation, &record::Gaps::completion, "confirmation") == 0.1e6);
  CHECK(sum_of(explanation, &record::Gaps::completion, "processing") == 8 * 0.925e6);
  // What was on its way to the old router is lost too.
  CHECK(explanation.whole.outage_downlink == 58e6);
  CHECK(sum_of(explanation, &record::Gaps::outage_downlink, "way") == 10e6);
  CHECK(sum_of(explanation, &record::Gaps::outage_uplink, "way") == 0);
  const auto& domain = saving_of(explanation, "links.map-ar2.delay");
  CHECK(domain.packets.lost_uplink == doctest::Approx(domain.ns.outage_uplink / 20e6));
  CHECK(saving_of(explanation, "mechanism.step.prepare.delay").ns.completion == 1);
}

TEST_CASE("the mechanisms of the paper's network are explained to the nanosecond") {
  const PromptLab lab;
  for (const char* name :
       {"prompt-unscheduled", "mobile-ipv6-eap-aka", "prompt-scheduled-buffered", "prompt-unscheduled-buffered"}) {
    CAPTURE(name);
    check_sums(explain(lab.geography(), lab.mechanism(name), lab.binding, call));
  }
}

TEST_CASE("the parts of a redirect are the ways and waits of its closed form") {
  const PromptLab lab;
  Dice dice;
  for (int i = 0; i < 20; ++i) {
    const Delay joined = 1ms + dice.up_to(20ms);
    const Delay redirected = joined + dice.up_to(80ms);
    const auto explanation = explain(lab.geography(), redirect(joined, redirected, {}), lab.binding, call);
    check_sums(explanation);
    // t_s + D_o: the wait of the anchor, and what was on its way to the old link.
    CHECK(sum_of(explanation, &record::Gaps::outage_downlink, "wait") == redirected.count());
    CHECK(sum_of(explanation, &record::Gaps::outage_downlink, "way") == way.count());
    CHECK(sum_of(explanation, &record::Gaps::outage_uplink, "link switch") == joined.count());
    // max(t_s + D_n, J) - min(0, t_s + D_o), as a mean over the phase
    CHECK(sum_of(explanation, &record::Gaps::interruption_downlink, "wait") == doctest::Approx(redirected.count()));
    CHECK(sum_of(explanation, &record::Gaps::interruption_downlink, "way") == doctest::Approx(way.count()));
  }
}

TEST_CASE("what waits in a buffer, and a window, are parts of their own") {
  const PromptLab lab;
  auto mechanism = redirect(5ms, 30ms, {BufferAction{.verb = BufferVerb::replay}});
  mechanism.attached.push_back(at("anchor", BufferAction{.verb = BufferVerb::window, .window = 25ms}));
  const auto explanation = explain(lab.geography(), mechanism, lab.binding, call);
  check_sums(explanation);
  CHECK(sum_of(explanation, &record::Gaps::outage_downlink, "window") == -25e6);
  CHECK(saving_of(explanation, "window at map").ns.outage_downlink == -1);
}

TEST_CASE("of random labs the parts add up to each gap, and a delay that is shorter saves what is said") {
  const Scratch scratch;
  std::size_t explained = 0;
  std::size_t changed = 0;
  std::size_t foretold = 0;
  for (std::uint64_t seed = 1; explained < 8; ++seed) {
    CAPTURE(seed);
    const DrawnLab lab(seed, scratch.path());
    // Steps along a way are done at several nodes at one instant; a hair beside it they are done in an order.
    if (!lab.accepted || config::speaks_of_ways(lab.mechanism)) continue;
    const Geography geography{lab.topology, *lab.ways};
    const auto routers = config::access_routers(lab.topology, lab.mobile);
    const Binding binding{lab.mobile, routers[0], routers[1]};
    // How often a packet circles before its hop limit is used up is no sum of times.
    const Passage passage = passage_of(geography, lab.mechanism, binding, call);
    const auto circles = [&](Passage::Direction direction) {
      const auto points = passage.breakpoints(direction);
      constexpr std::size_t most = 20;  // where packets go about there are hundreds
      return points.size() > most || std::any_of(points.begin(), points.end(), [&](Nanoseconds sent) {
               const auto fates = passage.unhindered(direction, sent);
               return std::any_of(fates.begin(), fates.end(), [](const auto& fate) { return fate.circles; });
             });
    };
    if (circles(Passage::Direction::uplink) || circles(Passage::Direction::downlink)) continue;
    ++explained;
    const auto explanation = explain(geography, lab.mechanism, binding, call);
    check_sums(explanation);
    for (const auto& saving : explanation.savings) {
      constexpr Delay less{1'000};
      const std::string prefix = "mechanism.";
      if (!saving.parameter.starts_with(prefix) || saving.now_ns <= less.count()) continue;
      if (saving.parameter.find(".delay") == std::string::npos) continue;
      const config::Overrides overrides{{saving.parameter.substr(prefix.size()), to_text(Delay(saving.now_ns) - less)}};
      const auto other = expect(geography, lab.changed(overrides), binding, call);
      ++changed;
      const double saved = explanation.whole.completion - static_cast<double>(other.completion.count());
      foretold += saved == saving.ns.completion * 1e3 ? 1 : 0;
    }
  }
  CHECK(changed > 8);
  // But where a microsecond is enough to make another step the one that is waited for.
  CHECK(foretold >= changed - 1);
}
