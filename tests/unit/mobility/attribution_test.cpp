#include "orchestrator/mobility/attribution.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <random>

#include "orchestrator/mobility/expectation.hpp"
#include "tests/unit/mobility/prompt_lab.hpp"

using namespace segue;
using namespace segue::mobility;
using namespace std::chrono_literals;
using config::npos;
using record::Cause;
using Kind = protocol::Sighting::Kind;
using Direction = Passage::Direction;

namespace {

constexpr DataFlow call{Delay(20ms), 222};

// A handover of the paper's from ar1 to ar2, as its analysis has it.
struct Handover : PromptLab {
  explicit Handover(const char* name = "prompt-scheduled")
      : passage(passage_of(geography(), mechanism(name), binding, call)) {}

  std::size_t link(const char* a, const char* b) const { return config::link_between(topology, node(a), node(b)); }
  link::Impairments& leaving(const char* a, const char* b) {
    config::Link& one = topology.links[link(a, b)];
    return one.a.node == node(a) ? one.a_to_b : one.b_to_a;
  }
  Seen at(Nanoseconds when, Kind kind, const char* where, std::size_t over = npos,
          const char* tunnel_to = nullptr) const {
    return {.when = when,
            .kind = kind,
            .node = node(where),
            .link = over,
            .tunnel_to = tunnel_to == nullptr ? npos : node(tunnel_to)};
  }
  Trace trace(Direction direction, Nanoseconds sent, const std::vector<Seen>& seen, bool arrived = false) const {
    const bool up = direction == Direction::uplink;
    const Packet packet{direction, node(up ? "mn" : "cn"), node(up ? "cn" : "mn"), sent, arrived};
    return Attribution(geography(), passage, binding.mobile).trace(packet, seen);
  }
  std::string end_of(Direction direction, Nanoseconds sent, const std::vector<Seen>& seen) const {
    const auto trace = this->trace(direction, sent, seen);
    if (!trace.last) return "nowhere";
    return std::string(record::to_text(trace.last->cause)) + " at " + to_text(trace.last->site, topology);
  }

  Passage passage;
};

}  // namespace

TEST_CASE("a packet that its node drops by its routes ends there, by what the mechanism has told it") {
  const Handover handover;
  const auto map_ar1 = handover.link("map", "ar1");
  const auto inet_map = handover.link("inet", "map");
  // The anchor is off from the start, and the old router too.
  CHECK(handover.end_of(Direction::downlink, -10ms, {handover.at(1ms, Kind::came, "map", inet_map)}) ==
        "blackhole at map");
  CHECK(handover.end_of(Direction::downlink, -30ms,
                        {handover.at(-9ms, Kind::came, "map", inet_map), handover.at(1ms, Kind::left, "map", map_ar1),
                         handover.at(1ms, Kind::came, "ar1", map_ar1, "ar1")}) == "radio off at ar1");
  // The mobile, which is off, sends to nobody.
  const auto access = handover.link("mn", "ar1");
  CHECK(handover.end_of(Direction::uplink, 1ms,
                        {handover.at(1ms, Kind::left, "mn", access),
                         handover.at(1100us, Kind::strange, "ar1", access)}) == "radio off at mn");
}

TEST_CASE("what is seen to be dropped is believed, on links and in buffers") {
  const Handover handover;
  const auto access = handover.link("mn", "ar1");
  const std::vector<std::pair<Kind, std::string>> rows{{Kind::lost, "link loss at mn>ar1"},
                                                       {Kind::refused, "queue limit at mn>ar1"}};
  for (const auto& [kind, end] : rows) {
    CHECK(handover.end_of(Direction::uplink, -1s, {handover.at(-1s, kind, "mn", access)}) == end);
  }
  CHECK(handover.end_of(Direction::uplink, -1s, {handover.at(-1s, Kind::overflowed, "mn")}) == "buffer overflow at mn");
  CHECK(handover.end_of(Direction::uplink, -1s,
                        {handover.at(-1s, Kind::held, "mn"), handover.at(-900ms, Kind::discarded, "mn")}) ==
        "buffer discarded at mn");
  CHECK(handover.end_of(Direction::uplink, -1s, {handover.at(-1s, Kind::held, "mn")}) == "buffer kept at mn");
}

TEST_CASE("where nothing tells what a link drops, its terms do if they allow one thing alone") {
  Handover handover;
  const std::vector<Seen> none;
  const auto end = [&] { return handover.end_of(Direction::uplink, -1s, none); };
  CHECK(end() == "unknown at mn");
  auto& terms = handover.leaving("mn", "ar1");
  terms.loss = Probability{0.1};
  CHECK(end() == "link loss at mn>ar1");
  terms.rate.bits_per_second = 1'000'000;
  CHECK(end() == "unknown at mn>ar1");
  terms.loss = {};
  CHECK(end() == "queue limit at mn>ar1");
  // What waits in a real queue was seen by whoever holds it.
  const auto trace = Attribution(handover.geography(), handover.passage, handover.binding.mobile,
                                 [](const Site&, Nanoseconds) { return std::optional(Cause::link_loss); })
                         .trace({Direction::uplink, handover.node("mn"), handover.node("cn"), -1s, false},
                                std::vector{handover.at(-1s, Kind::left, "mn", handover.link("mn", "ar1"))});
  REQUIRE(trace.last);
  CHECK(trace.last->cause == Cause::link_loss);
}

TEST_CASE("a packet in a tunnel is no business of the nodes on its way, whatever these do with others") {
  Handover handover;
  const auto ar1_map = handover.link("ar1", "map");
  // The anchor drops what the mobile sends, and would lead this one on, had its hop limit not been used up.
  auto in_a_tunnel = handover.at(10ms, Kind::came, "map", ar1_map, "home");
  in_a_tunnel.hop_limit = 1;
  CHECK(handover.end_of(Direction::uplink, -1ms, {in_a_tunnel}) == "hop limit at map");
  const auto plain = handover.at(10ms, Kind::came, "map", ar1_map);
  CHECK(handover.end_of(Direction::uplink, -1ms, {plain}) == "blackhole at map");
}

TEST_CASE("a change of routes counts for what came shortly before its step was done") {
  const Handover handover;
  const auto inet_map = handover.link("inet", "map");
  CHECK(handover.end_of(Direction::downlink, -20ms, {handover.at(-100us, Kind::came, "map", inet_map)}) ==
        "blackhole at map");
  CHECK(handover.end_of(Direction::downlink, -20ms, {handover.at(-5ms, Kind::came, "map", inet_map)}) ==
        "unknown at map");
}

TEST_CASE("of a packet that was held, copied and led to another access router that is told, also if it arrived") {
  const Handover handover;
  const auto map_ar1 = handover.link("map", "ar1");
  const auto map_ar2 = handover.link("map", "ar2");
  const auto inet_map = handover.link("inet", "map");
  const auto cn_inet = handover.link("cn", "inet");
  const auto trace = handover.trace(
      Direction::downlink, 0ms,
      {handover.at(0ms, Kind::left, "cn", cn_inet), handover.at(0ms, Kind::came, "inet", cn_inet),
       handover.at(1ms, Kind::left, "inet", inet_map), handover.at(1ms, Kind::came, "map", inet_map),
       handover.at(11ms, Kind::left, "map", map_ar1), handover.at(11ms, Kind::came, "ar1", map_ar1, "ar1"),
       handover.at(11ms, Kind::held, "ar1"), handover.at(20ms, Kind::sent_on, "ar1"),
       handover.at(30ms, Kind::left, "ar1", map_ar1), handover.at(30ms, Kind::came, "map", map_ar1, "ar2"),
       handover.at(40ms, Kind::left, "map", map_ar2), handover.at(40ms, Kind::left, "map", map_ar2),
       handover.at(40ms, Kind::came, "ar2", map_ar2, "ar2"), handover.at(40ms, Kind::came, "ar2", map_ar2, "ar2")},
      true);
  CHECK_FALSE(trace.last);
  REQUIRE(trace.held);
  CHECK(to_text(*trace.held, handover.topology) == "ar1");
  REQUIRE(trace.forwarded);
  CHECK(to_text(*trace.forwarded, handover.topology) == "ar1");
  REQUIRE(trace.copied);
  CHECK(to_text(*trace.copied, handover.topology) == "map");
}

TEST_CASE(
    "of copies that are led about at random the one that ended last is found, whatever the order of what was seen") {
  const Handover handover;
  std::mt19937 random(7);
  const auto links_of = config::links_by_node(handover.topology);
  unsigned copied = 0;
  for (int round = 0; round < 2'000; ++round) {
    CAPTURE(round);
    std::vector<Seen> seen;
    struct Copy {
      std::size_t node;
      Nanoseconds when;
    };
    std::vector<Copy> under_way{{handover.node("mn"), Nanoseconds{0}}};
    Seen last;
    bool branched = false;
    const auto end = [&](Seen one) {
      seen.push_back(one);
      if (one.when >= last.when) last = one;
    };
    while (!under_way.empty()) {
      Copy copy = under_way.back();
      under_way.pop_back();
      copy.when += Nanoseconds{10'000 + random() % 20'000'000};
      const auto& around = links_of[copy.node];
      const std::size_t link = around[random() % around.size()];
      const Seen here{.when = copy.when, .node = copy.node, .link = link};
      const auto as = [&](Kind kind) {
        Seen one = here;
        one.kind = kind;
        if (kind >= Kind::held) one.link = npos;
        return one;
      };
      const unsigned draw = random() % 16;
      if (draw == 0) end(as(Kind::lost));
      if (draw == 1) end(as(Kind::refused));
      if (draw == 2) end(as(Kind::overflowed));
      if (draw == 3 || draw == 4) {
        seen.push_back(as(Kind::held));
        copy.when += Nanoseconds{10'000};
        Seen next = as(draw == 3 ? Kind::sent_on : Kind::discarded);
        next.when = copy.when;
        draw == 3 ? seen.push_back(next) : end(next);
        if (draw == 3) under_way.push_back(copy);
      }
      if (draw < 5) continue;
      const bool twice = draw == 15 && under_way.size() < 4;
      branched = branched || twice;
      for (int i = 0; i < (twice ? 2 : 1); ++i) {
        Seen one = as(Kind::left);
        one.when += Nanoseconds{i * 3'000};
        seen.push_back(one);
        Seen other{.when = one.when + Nanoseconds{10'000},
                   .kind = Kind::came,
                   .node = across(handover.topology.links[link], copy.node),
                   .link = link};
        seen.push_back(other);
        under_way.push_back({other.node, other.when});
      }
    }
    std::shuffle(seen.begin(), seen.end(), random);
    const auto trace = handover.trace(Direction::uplink, Nanoseconds{0}, seen);
    REQUIRE(trace.last);
    CHECK(trace.last->when == last.when);
    CHECK(trace.last->site.node == last.node);
    CHECK(trace.copied.has_value() == branched);
    copied += branched ? 1 : 0;
  }
  CHECK(copied > 200);
}
