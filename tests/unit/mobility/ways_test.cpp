#include "orchestrator/mobility/ways.hpp"

#include <doctest/doctest.h>

#include "tests/unit/mobility/prompt_lab.hpp"

using namespace segue;
using namespace segue::mobility;
using namespace std::chrono_literals;

TEST_CASE("a link takes its delay in the direction of travel, and the bits at that direction's rate") {
  PromptLab lab;
  config::Link& link = lab.topology.links[config::find_link(lab.topology, "map-ar1")];
  link.a_to_b.delay = 3ms;
  link.b_to_a.delay = 4ms;
  link.b_to_a.rate.bits_per_second = 1'000'000;
  CHECK(crossing(link, link.a.node, 1000) == 3ms);
  CHECK(crossing(link, link.b.node, 1000) == 4ms + 8ms);
  CHECK(crossing(link, link.b.node, 0) == 4ms);
  const Address& map = lab.address("map");
  CHECK(lab.ways.delay(lab.node("ar1"), lab.node("map"), map, 1000) == 12ms);
  CHECK(lab.ways.delay(lab.node("map"), lab.node("ar1"), lab.address("ar1"), 1000) == 3ms);
}

TEST_CASE("ways are those of the static routes as they were set, with the delays that links have now") {
  PromptLab lab;
  const auto before = lab.ways.way(lab.node("ar1"), lab.node("cn"), lab.address("cn"));
  REQUIRE(before.has_value());
  CHECK(*before == std::vector{lab.node("ar1"), lab.node("map"), lab.node("inet"), lab.node("cn")});
  lab.topology.links[config::find_link(lab.topology, "map-inet")].a_to_b.delay = 500ms;
  CHECK(lab.ways.way(lab.node("ar1"), lab.node("cn"), lab.address("cn")) == before);
  CHECK(lab.ways.delay(lab.node("ar1"), lab.node("cn"), lab.address("cn"), 0) == 10ms + 500ms + 50ms);
}

TEST_CASE("no way is none, and an address of a link leads to the link") {
  const PromptLab lab;
  const auto nowhere = parse_address("2001:db8:ffff::1");
  CHECK(lab.ways.next_link(lab.node("ar1"), nowhere) == config::npos);
  CHECK_FALSE(lab.ways.way(lab.node("ar1"), lab.node("cn"), nowhere).has_value());
  const Hop access = hop_between(lab.topology, lab.node("mn"), lab.node("ar2"));
  CHECK(lab.ways.delay(lab.node("home"), lab.node("mn"), access.near->address, 0) == 50ms + 50ms + 10ms + 100us);
}
