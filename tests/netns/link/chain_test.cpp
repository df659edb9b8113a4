// All engines, held to one table over one, two and five links in a row, with packets as small as acknowledgements and
// as large as there are. In a guest, where time is computed, to microseconds (SEGUE_EXACT_TIME, tests/virtual).
#include "tests/netns/link/chain.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

#include "nodes/netlink/netem.hpp"

using namespace segue;
using namespace segue::link;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t headers = 14 + 20 + 8;
constexpr std::size_t sizes[] = {18, 160, 1458};  // of payload: a frame of 60 bytes is that of an acknowledgement

struct Arrival {
  std::uint32_t number;
  Instant at;
};

Delay serialisation(std::size_t payload, Rate rate) {
  return Delay(static_cast<std::int64_t>((payload + headers) * 8 * 1'000'000'000 / rate.bits_per_second));
}

struct Flow {
  std::vector<Instant> sent;  // by number
  std::vector<Arrival> arrivals;
};

// Sends a packet every `interval` at most, and takes what arrives meanwhile and until nothing more does.
Flow send_paced(Chain& chain, std::uint32_t count, Delay interval, std::size_t payload) {
  Flow flow;
  auto& sent = flow.sent;
  auto& arrivals = flow.arrivals;
  const auto take_until = [&](Instant until) {
    while (now() < until) {
      if (const auto number = receive_number(chain.b, until - now())) arrivals.push_back({*number, now()});
    }
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i > 0) take_until(sent.back() + interval);
    sent.push_back(now());
    REQUIRE(send_number(chain.a, i, payload));
  }
  while (arrivals.size() < count) {
    const auto number = receive_number(chain.b, 1s);
    if (!number) break;
    arrivals.push_back({*number, now()});
  }
  return flow;
}

// A flow below the rate never waits, however long it is under way: no queue is too short for it.
void what_is_under_way_fills_no_queue(EngineKind kind, int hops) {
  Chain chain(kind, hops);
  constexpr Rate rate{400'000};
  // Who is held up sends more at once; some 25 of the small ones are under way.
  chain.impair({.delay = 100ms, .rate = rate, .queue_limit = exact() ? 2U : 8U});
  for (const std::size_t payload : sizes) {
    CAPTURE(payload);
    const Delay interval = std::max<Delay>(serialisation(payload, rate) * 5 / 4, 4ms);
    CHECK(send_paced(chain, 40, interval, payload).arrivals.size() == 40);
  }
  for (int link = 0; link < hops; ++link) CHECK(chain.counters(link).dropped == 0);
}

void a_packet_takes_its_delays_and_its_serialisations(EngineKind kind, int hops) {
  Chain chain(kind, hops);
  constexpr Rate rate{1'000'000};
  chain.impair({.delay = 10ms, .rate = rate});
  for (const std::size_t payload : sizes) {
    CAPTURE(payload);
    const Delay expected = hops * (10ms + serialisation(payload, rate));
    Delay best = Delay::max();
    for (std::uint32_t i = 0; i < 5; ++i) {
      const Instant sent = now();
      REQUIRE(send_number(chain.a, i, payload));
      REQUIRE(receive_number(chain.b, 2s).has_value());
      const Delay took = now() - sent;
      CHECK(took >= expected);
      best = std::min(best, took);
    }
    CHECK(best <= expected + slack());
  }
}

// The first link takes what its queue holds, and what it has sent by then; behind it nothing comes too fast.
void a_burst_fills_the_first_queue_alone(EngineKind kind, int hops) {
  Chain chain(kind, hops);
  constexpr Rate rate{400'000};
  chain.impair({.delay = 20ms, .rate = rate, .queue_limit = 10});
  const Instant start = now();
  for (std::uint32_t i = 0; i < 60; ++i) REQUIRE(send_number(chain.a, i, 1000));
  while (chain.counters(0).packets < 60) REQUIRE(now() - start < 5s);
  const auto sent_meanwhile = static_cast<std::size_t>((now() - start) / serialisation(1000, rate));
  std::size_t arrived = 0;
  while (receive_number(chain.b, 1s)) ++arrived;
  CHECK(arrived >= 10);
  CHECK(arrived <= 10 + sent_meanwhile + 1);
  CHECK(chain.counters(0).dropped >= 60 - arrived);
  CHECK(chain.counters(0).lost == 0);
  for (int link = 1; link < hops; ++link) CHECK(chain.counters(link).dropped == 0);
}

void nothing_leaves_faster_than_the_rate(EngineKind kind, int hops) {
  Chain chain(kind, hops);
  constexpr Rate rate{800'000};
  chain.impair({.delay = 30ms, .jitter = 10ms, .rate = rate, .seed = 3});
  const auto [sent, arrivals] = send_paced(chain, 100, 1ms, 160);
  REQUIRE(arrivals.size() == 100);
  const Delay each = serialisation(160, rate);
  for (std::uint32_t i = 0; i < 100; ++i) {
    CHECK(arrivals[i].number == i);
    CHECK(arrivals[i].at >= sent[0] + (i + 1) * each);
    if (exact() && i > 0) CHECK(arrivals[i].at - arrivals[i - 1].at >= each - 1us);
  }
}

// Jitter keeps the order: who sends less often than the delay varies sees the mean that was asked for, others wait for
// those ahead of them (README.md has the table).
void order_costs_delay(EngineKind kind, int hops) {
  if (hops > 1) return;
  struct Row {
    Delay interval;
    std::uint32_t count;
    double mean_ms;
    double tolerance_ms;
  };
  for (const Row& row : {Row{20ms, 100, 20.0, 1.8}, Row{1ms, 2000, 24.5, 1.0}}) {
    CAPTURE(row.mean_ms);
    Chain chain(kind, 1);
    chain.impair({.delay = 20ms, .jitter = 5ms, .seed = 7});
    const auto [sent, arrivals] = send_paced(chain, row.count, row.interval, 160);
    REQUIRE(arrivals.size() == row.count);
    double sum_ms = 0;
    for (const auto& arrival : arrivals) {
      sum_ms += std::chrono::duration<double, std::milli>(arrival.at - sent[arrival.number]).count();
    }
    const double mean_ms = sum_ms / row.count;
    if (exact()) CHECK(std::abs(mean_ms - row.mean_ms) < row.tolerance_ms);
    // In real time what is held up adds to it, and makes fewer packets a second; wire is held to the table in a time of
    // the tests' own (tests/unit/link/delay_line_test.cpp).
    CHECK(mean_ms > 20 - row.tolerance_ms);
  }
}

void each_link_copies_what_comes(EngineKind kind, int hops) {
  Chain chain(kind, hops);
  chain.impair({.delay = 1ms, .duplicate = {1}});
  for (std::uint32_t i = 0; i < 4; ++i) {
    REQUIRE(send_number(chain.a, i));
    int copies = 0;
    while (const auto number = receive_number(chain.b, patience)) copies += *number == i ? 1 : 0;
    CHECK(copies == 1 << hops);
  }
}

void each_link_loses_its_share(EngineKind kind, int hops) {
  Chain chain(kind, hops);
  chain.impair({.delay = 1ms, .loss = {0.1}, .rate = {50'000'000}, .seed = 5});
  constexpr int count = 3000;
  const auto arrivals = send_paced(chain, count, 200us, 160).arrivals;
  const double expected = std::pow(0.9, hops);
  CHECK(std::abs(static_cast<double>(arrivals.size()) - count * expected) <
        4 * std::sqrt(count * expected * (1 - expected)));
  std::uint64_t lost = 0;
  for (int link = 0; link < hops; ++link) lost += chain.counters(link).lost;
  CHECK(lost == count - arrivals.size());
}

// What netem reorders would pass the rate, and so it is refused; wire has it wait.
void a_reordered_packet_does_not_pass_the_rate(EngineKind kind, int hops) {
  Chain chain(kind, hops);
  constexpr Rate rate{1'000'000};
  const Impairments both{.delay = 20ms, .rate = rate, .reorder = {0.25}, .seed = 3};
  if (kind == EngineKind::netem) {
    CHECK_THROWS_WITH_AS(chain.impair(both), doctest::Contains("two links in a row"), InputError);
    return;
  }
  chain.impair(both);
  const Instant start = now();
  for (std::uint32_t i = 0; i < 60; ++i) REQUIRE(send_number(chain.a, i, 1000));
  std::vector<std::uint32_t> arrived;
  Instant last{};
  while (const auto number = receive_number(chain.b, 1s)) {
    arrived.push_back(*number);
    last = now();
  }
  CHECK(arrived.size() == 60);
  CHECK_FALSE(std::is_sorted(arrived.begin(), arrived.end()));
  CHECK(last - start >= 60 * serialisation(1000, rate));
}

using Check = void (*)(EngineKind, int);

void over_one_two_and_five(EngineKind kind, Check check) {
  for (const int hops : {1, 2, 5}) {
    CAPTURE(hops);
    check(kind, hops);
  }
}

void obeys_the_table(EngineKind kind) {
  constexpr std::pair<const char*, Check> table[] = {
      {"what is under way fills no queue", what_is_under_way_fills_no_queue},
      {"a packet takes its delays and its serialisations", a_packet_takes_its_delays_and_its_serialisations},
      {"a burst fills the first queue alone", a_burst_fills_the_first_queue_alone},
      {"nothing leaves faster than the rate", nothing_leaves_faster_than_the_rate},
      {"order costs delay", order_costs_delay},
      {"each link copies what comes", each_link_copies_what_comes},
      {"each link loses its share", each_link_loses_its_share},
      {"a reordered packet does not pass the rate", a_reordered_packet_does_not_pass_the_rate}};
  for (const auto& row : table) {
    CAPTURE(std::string(row.first));
    over_one_two_and_five(kind, row.second);
  }
}

bool no_netem() {
  try {
    return !netlink::kernel_has_netem();
  } catch (const Error&) {
    return true;
  }
}

}  // namespace

TEST_CASE("wire obeys the table of links in a row") { obeys_the_table(EngineKind::wire); }

TEST_CASE("wire over packet sockets obeys the table of links in a row") { obeys_the_table(EngineKind::packet_sockets); }

TEST_CASE("netem obeys the table of links in a row" * doctest::skip(no_netem())) { obeys_the_table(EngineKind::netem); }
