#include "nodes/link/netem_terms.hpp"

#include <doctest/doctest.h>

#include "nodes/base/error.hpp"
#include "nodes/link/random.hpp"

using namespace segue;
using namespace segue::link;
using namespace std::chrono_literals;

namespace {

constexpr NetemPlace place{.link = 7, .direction = Direction::b_to_a};

Impairments there_and_back(const Impairments& wanted) { return from_netem(to_netem(wanted, place), wanted, place); }

}  // namespace

TEST_CASE("a plain delay needs no more than a limit out of reach") {
  const auto terms = to_netem({.delay = 10ms}, place);
  CHECK_FALSE(terms.below.has_value());
  const auto& netem = terms.root;
  CHECK(netem.latency == 10ms);
  CHECK(netem.jitter == 0ns);
  CHECK(netem.bytes_per_second == 0);
  CHECK(netem.limit == 1'000'000);
  CHECK_FALSE(netem.gilbert_elliott.has_value());
  CHECK_FALSE(netem.seed.has_value());
}

TEST_CASE("jitter without a rate gets one that takes no time, so that the order is kept, and reads back without") {
  const Impairments wanted{.delay = 10ms, .jitter = 1ms, .jitter_shape = JitterShape::normal};
  const auto terms = to_netem(wanted, place);
  CHECK_FALSE(terms.below.has_value());
  CHECK(terms.root.bytes_per_second > 0);
  CHECK(65'536'000'000'000 / terms.root.bytes_per_second < 1);  // nanoseconds that a segment of 64 KiB takes
  CHECK(terms.root.distribution == netlink::NetemDistribution::normal);
  CHECK(there_and_back(wanted) == wanted);
}

TEST_CASE("the rate and its queue limit are a netem of their own, which holds nothing that is merely under way") {
  const Impairments wanted{.delay = 100ms, .jitter = 10ms, .loss = {0.25}, .rate = {12'112'000}, .queue_limit = 50};
  const auto terms = to_netem(wanted, place);
  CHECK(terms.root.latency == 100ms);
  CHECK(terms.root.limit == 1'000'000);
  REQUIRE(terms.below.has_value());
  CHECK(terms.below->bytes_per_second == 1'514'000);
  CHECK(terms.below->limit == 50);
  CHECK(terms.below->latency == 0ns);
  CHECK(terms.below->jitter == 0ns);
  CHECK(terms.below->loss.value == 0);
  CHECK(there_and_back(wanted) == wanted);
}

TEST_CASE("a rate that was lifted reads back as none, and what still waits there stays ahead") {
  const Impairments wanted{.delay = 10ms};
  auto terms = to_netem(wanted, place);
  terms.below = pass_on();
  CHECK(terms.below->bytes_per_second > 0);
  CHECK(from_netem(terms, wanted, place) == wanted);
}

TEST_CASE("reordering past a rate is refused, with what to do, since netem would send those packets past it") {
  CHECK_THROWS_WITH_AS(to_netem({.delay = 10ms, .rate = {1'000'000}, .reorder = {0.25}}, place),
                       doctest::Contains("two links in a row"), InputError);
}

TEST_CASE("a rate below a byte a second is not taken for no rate") {
  CHECK(to_netem({.rate = {1}}, place).below->bytes_per_second == 1);
}

TEST_CASE("Gilbert-Elliott takes the place of the independent loss") {
  const Impairments wanted{.gilbert_elliott = {.p = {0.01}, .r = {0.2}, .loss_in_bad = {1}, .loss_in_good = {0.001}}};
  const auto netem = to_netem(wanted, place).root;
  REQUIRE(netem.gilbert_elliott.has_value());
  CHECK(netem.gilbert_elliott->r.value == 0.2);
  CHECK(netem.loss.value == 0);
  CHECK(there_and_back(wanted) == wanted);
}

TEST_CASE("reordering decides on each packet, and only where there is a delay to overtake") {
  const auto netem = to_netem({.delay = 10ms, .reorder = {0.25}}, place).root;
  CHECK(netem.reorder.value == 0.25);
  CHECK(netem.gap == 1);
  CHECK(to_netem({.reorder = {0.25}}, place).root.reorder.value == 0);
}

TEST_CASE("the seed is one of the direction's own, and reads back as asked if the kernel confirms it") {
  const Impairments wanted{.loss = {0.1}, .seed = 42};
  auto terms = to_netem(wanted, place);
  REQUIRE(terms.root.seed.has_value());
  CHECK(*terms.root.seed == direction_seed(42, 7, 1));
  CHECK(from_netem(terms, wanted, place).seed == 42);
  terms.root.seed = 1;
  CHECK(from_netem(terms, wanted, place).seed == 0);
}

TEST_CASE("what netem reads back through its own message is what was asked, to netem's resolution") {
  const Impairments wanted{.delay = 10ms, .loss = {0.015625}, .duplicate = {0.5}, .corrupt = {0.25}, .seed = 3};
  const auto request = netlink::replace_netem(4, to_netem(wanted, place).root);
  CHECK_FALSE(request.message().empty());
  CHECK(there_and_back(wanted) == wanted);
}
