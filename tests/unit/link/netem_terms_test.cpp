#include "nodes/link/netem_terms.hpp"

#include <doctest/doctest.h>

#include "nodes/link/random.hpp"

using namespace segue;
using namespace segue::link;
using namespace std::chrono_literals;

namespace {

constexpr NetemPlace place{.link = 7, .direction = Direction::b_to_a, .mtu = 1500};

}  // namespace

TEST_CASE("a plain delay needs no more than a limit out of reach") {
  const auto netem = to_netem({.delay = 10ms}, place);
  CHECK(netem.latency == 10ms);
  CHECK(netem.jitter == 0ns);
  CHECK(netem.bytes_per_second == 0);
  CHECK(netem.limit == 1'000'000);
  CHECK_FALSE(netem.gilbert_elliott.has_value());
  CHECK_FALSE(netem.seed.has_value());
}

TEST_CASE("jitter without a rate gets one that takes no time, so that the order is kept, and reads back without") {
  const Impairments wanted{.delay = 10ms, .jitter = 1ms, .jitter_shape = JitterShape::normal};
  const auto netem = to_netem(wanted, place);
  CHECK(netem.bytes_per_second > 0);
  CHECK(65'536'000'000'000 / netem.bytes_per_second < 100);  // nanoseconds that a segment of 64 KiB takes
  CHECK(netem.distribution == netlink::NetemDistribution::normal);
  CHECK(from_netem(netem, wanted, place) == wanted);
}

TEST_CASE("the limit makes room for the packets that are merely delayed") {
  // 12.112 Mbit/s are 1000 frames of 1514 bytes a second: 100 in 100 ms.
  const Impairments wanted{.delay = 100ms, .rate = {12'112'000}, .queue_limit = 50};
  const auto netem = to_netem(wanted, place);
  CHECK(netem.bytes_per_second == 1'514'000);
  CHECK(netem.limit == 150);
  CHECK(from_netem(netem, wanted, place) == wanted);

  const Impairments jittered{.delay = 100ms, .jitter = 10ms, .rate = {12'112'000}, .queue_limit = 50};
  CHECK(to_netem(jittered, place).limit == 190);
}

TEST_CASE("a rate below a byte a second is not taken for no rate") {
  CHECK(to_netem({.rate = {1}}, place).bytes_per_second == 1);
}

TEST_CASE("Gilbert-Elliott takes the place of the independent loss") {
  const Impairments wanted{.gilbert_elliott = {.p = {0.01}, .r = {0.2}, .loss_in_bad = {1}, .loss_in_good = {0.001}}};
  const auto netem = to_netem(wanted, place);
  REQUIRE(netem.gilbert_elliott.has_value());
  CHECK(netem.gilbert_elliott->r.value == 0.2);
  CHECK(netem.loss.value == 0);
  CHECK(from_netem(netem, wanted, place) == wanted);
}

TEST_CASE("reordering decides on each packet, and only where there is a delay to overtake") {
  const auto netem = to_netem({.delay = 10ms, .reorder = {0.25}}, place);
  CHECK(netem.reorder.value == 0.25);
  CHECK(netem.gap == 1);
  CHECK(to_netem({.reorder = {0.25}}, place).reorder.value == 0);
}

TEST_CASE("the seed is one of the direction's own, and reads back as asked if the kernel confirms it") {
  const Impairments wanted{.loss = {0.1}, .seed = 42};
  auto netem = to_netem(wanted, place);
  REQUIRE(netem.seed.has_value());
  CHECK(*netem.seed == direction_seed(42, 7, 1));
  CHECK(from_netem(netem, wanted, place).seed == 42);
  netem.seed = 1;
  CHECK(from_netem(netem, wanted, place).seed == 0);
}

TEST_CASE("what netem reads back through its own message is what was asked, to netem's resolution") {
  const Impairments wanted{.delay = 10ms, .loss = {0.015625}, .duplicate = {0.5}, .corrupt = {0.25}, .seed = 3};
  const auto request = netlink::replace_netem(4, to_netem(wanted, place));
  CHECK_FALSE(request.message().empty());
  const auto again = from_netem(to_netem(wanted, place), wanted, place);
  CHECK(again == wanted);
}
