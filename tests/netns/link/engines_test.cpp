// All engines, held to one table of physical checks. What is not in this kernel is skipped and counted as such.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "nodes/netlink/netem.hpp"
#include "tests/netns/link/traffic.hpp"

using namespace segue;
using namespace segue::link;
using namespace std::chrono_literals;

namespace {

bool no_netem() {
  try {
    return !netlink::kernel_has_netem();
  } catch (const Error&) {
    return true;
  }
}

TwoHosts make(EngineKind kind, const Impairments& a_to_b, const Impairments& b_to_a = {}) {
  return TwoHosts(a_to_b, b_to_a, 60us, kind);
}

// None is early. How late all but the best are is the machine's doing, and so is how often even the best was woken on
// its way; to microseconds it is asked in a guest, whose time is computed (tests/virtual).
void a_delay_each_way_adds_up(EngineKind kind) {
  TwoHosts hosts = make(kind, {.delay = 10ms}, {.delay = 5ms});
  const UdpPair udp(hosts);
  REQUIRE(ping(udp, 0).has_value());
  Delay best = Delay::max();
  for (std::uint32_t i = 1; i <= 21; ++i) {
    const auto trip = ping(udp, i);
    REQUIRE(trip.has_value());
    CHECK(*trip >= 15ms);
    best = std::min(best, *trip);
  }
  CHECK(best <= 15ms + slack());
}

void what_was_asked_is_read_back(EngineKind kind) {
  const Impairments there{.delay = 10ms, .jitter = 1ms, .rate = {8'000'000}, .queue_limit = 77, .seed = 5};
  const Impairments back{.delay = 2ms, .loss = {0.25}, .duplicate = {0.125}};
  TwoHosts hosts = make(kind, there, back);
  const auto forth = hosts.engine->read_back(hosts.link, Direction::a_to_b);
  CHECK(forth == there);
  const auto other = hosts.engine->read_back(hosts.link, Direction::b_to_a);
  CHECK(other.delay == 2ms);
  CHECK(other.loss.value == doctest::Approx(0.25));
  CHECK(other.duplicate.value == doctest::Approx(0.125));
  hosts.engine->change(hosts.link, Direction::b_to_a, {.delay = 3ms});
  CHECK(hosts.engine->read_back(hosts.link, Direction::b_to_a) == Impairments{.delay = 3ms});
}

// Sends 100 packets at a time; returns the numbers that arrived, in their order.
std::vector<std::uint32_t> stream(const UdpPair& udp, std::uint32_t count) {
  std::vector<std::uint32_t> arrived;
  for (std::uint32_t i = 0; i < count; i += 100) {
    for (std::uint32_t k = i; k < i + 100; ++k) REQUIRE(send_number(udp.a, k));
    while (const auto number = receive_number(udp.b, 25ms)) {
      arrived.push_back(*number);
      if (*number == i + 99) break;
    }
  }
  while (const auto number = receive_number(udp.b, patience)) arrived.push_back(*number);
  return arrived;
}

void losses_are_within_their_bounds(EngineKind kind) {
  TwoHosts hosts = make(kind, {.delay = 1ms});
  const UdpPair udp(hosts);
  REQUIRE(ping(udp, 0).has_value());
  hosts.engine->change(hosts.link, Direction::a_to_b, {.delay = 1ms, .loss = {0.02}, .seed = 21});
  hosts.engine->settle();
  constexpr int count = 10'000;
  const int lost = count - static_cast<int>(stream(udp, count).size());
  CHECK(std::abs(lost - 200) < 4 * std::sqrt(count * 0.02 * 0.98));
  CHECK(hosts.engine->counters(hosts.link, Direction::a_to_b).lost >= static_cast<std::uint64_t>(lost));
}

// What arrives of `count` packets sent under `impairments`.
std::vector<std::uint32_t> arrivals(EngineKind kind, const Impairments& impairments, std::uint32_t count) {
  TwoHosts hosts = make(kind, {.delay = impairments.delay});
  const UdpPair udp(hosts);
  REQUIRE(ping(udp, 0).has_value());
  hosts.engine->change(hosts.link, Direction::a_to_b, impairments);
  hosts.engine->settle();
  return stream(udp, count);
}

void losses_in_bursts_are_within_their_bounds(EngineKind kind) {
  constexpr int count = 10'000;
  constexpr double p = 0.01;
  constexpr double r = 0.2;
  const GilbertElliott model{.p = {p}, .r = {r}, .loss_in_bad = {1}, .loss_in_good = {0}};
  const auto arrived = arrivals(kind, {.delay = 1ms, .gilbert_elliott = model, .seed = 4}, count);
  // The share of time in the bad state; neighbours are alike, which widens the binomial bound by (1 + c) / (1 - c).
  const double bad = p / (p + r);
  const double c = 1 - p - r;
  const int lost = count - static_cast<int>(arrived.size());
  CHECK(std::abs(lost - count * bad) < 4 * std::sqrt(count * bad * (1 - bad) * (1 + c) / (1 - c)));
  int bursts = 0;
  for (std::size_t i = 1; i < arrived.size(); ++i) bursts += arrived[i] != arrived[i - 1] + 1 ? 1 : 0;
  const double mean_burst = static_cast<double>(lost) / bursts;  // 1 / r = 5, of about 95
  CHECK(mean_burst > 3);
  CHECK(mean_burst < 7);
}

void copies_are_within_their_bounds(EngineKind kind) {
  constexpr int count = 5000;
  const auto arrived = arrivals(kind, {.delay = 1ms, .duplicate = {0.1}, .seed = 6}, count);
  const int copies = static_cast<int>(arrived.size()) - count;
  CHECK(std::abs(copies - 500) < 4 * std::sqrt(count * 0.1 * 0.9));
}

// Checksums notice a flipped bit, but for one in the sender's hardware address, which no checksum covers.
void corruptions_are_within_their_bounds(EngineKind kind) {
  constexpr int count = 5000;
  constexpr double noticed = 1 - 6.0 / (14 + 20 + 8 + 160);
  const auto arrived = arrivals(kind, {.delay = 1ms, .corrupt = {0.1}, .seed = 8}, count);
  const int missing = count - static_cast<int>(arrived.size());
  CHECK(std::abs(missing - 500 * noticed) < 4 * std::sqrt(count * 0.1 * 0.9));
}

void jitter_keeps_the_order(EngineKind kind) {
  TwoHosts hosts = make(kind, {.delay = 5ms, .jitter = 2ms, .seed = 2});
  const UdpPair udp(hosts);
  REQUIRE(ping(udp, 0).has_value());
  const auto arrived = stream(udp, 2000);
  CHECK(arrived.size() == 2000);
  CHECK(std::is_sorted(arrived.begin(), arrived.end()));
}

void reordering_lets_packets_overtake(EngineKind kind) {
  TwoHosts hosts = make(kind, {.delay = 5ms});
  const UdpPair udp(hosts);
  REQUIRE(ping(udp, 0).has_value());
  hosts.engine->change(hosts.link, Direction::a_to_b, {.delay = 5ms, .reorder = {0.1}, .seed = 2});
  hosts.engine->settle();
  const auto arrived = stream(udp, 1000);
  CHECK(arrived.size() == 1000);
  CHECK_FALSE(std::is_sorted(arrived.begin(), arrived.end()));
}

void a_rate_and_its_queue_hold(EngineKind kind) {
  TwoHosts hosts = make(kind, {.delay = 1ms, .rate = {20'000'000}, .queue_limit = 50}, {.delay = 1ms});
  {
    TcpPair tcp(hosts);
    constexpr std::uint64_t bytes = 2 << 20;
    const Instant start = now();
    CHECK(bulk(tcp, bytes) == bytes);
    const double rate = bytes * 8 / std::chrono::duration<double>(now() - start).count();
    CHECK(rate < 20e6);
    CHECK(rate > 15e6);
  }
  const UdpPair udp(hosts);
  int received = 0;
  const auto before = hosts.engine->counters(hosts.link, Direction::a_to_b).packets;
  const Instant start = now();
  for (std::uint32_t i = 0; i < 300; ++i) REQUIRE(send_number(udp.a, i, 1458));  // 0.6 ms each at this rate
  // What left the queue before the engine had taken in the last of them made room: it may have been held up.
  while (hosts.engine->counters(hosts.link, Direction::a_to_b).packets < before + 300) REQUIRE(now() - start < 5s);
  const auto left_meanwhile = static_cast<int>((now() - start) / 600us);
  while (receive_number(udp.b, patience)) ++received;
  CHECK(received >= 50);
  CHECK(received <= 50 + left_meanwhile + 3);
}

void a_change_loses_nothing_in_flight(EngineKind kind) {
  TwoHosts hosts = make(kind, {.delay = 1ms});
  const UdpPair udp(hosts);
  REQUIRE(ping(udp, 0).has_value());
  for (std::uint32_t i = 0; i < 200; ++i) {
    hosts.engine->change(hosts.link, Direction::a_to_b, {.delay = 50ms + i * 100us});
    hosts.engine->settle();
    REQUIRE(send_number(udp.a, i));
  }
  for (std::uint32_t i = 0; i < 200; ++i) CHECK(receive_number(udp.b, 2s) == i);
}

void a_link_taken_away_leaves_no_interface(EngineKind kind) {
  TwoHosts hosts = make(kind, {});
  hosts.engine->disconnect(hosts.link);
  hosts.engine->settle();
  CHECK_FALSE(netlink::find_interface(*hosts.a.socket, "eth-a").has_value());
  CHECK_FALSE(netlink::find_interface(*hosts.b.socket, "eth-b").has_value());
  CHECK_THROWS_AS(hosts.engine->read_back(hosts.link, Direction::a_to_b), Error);
}

void interfaces_are_as_specified(EngineKind kind) {
  TwoHosts hosts = make(kind, {});
  End far = TwoHosts::end(hosts.b, "second-b");
  End near = TwoHosts::end(hosts.a, "second-a");
  near.mac = {2, 0, 0, 0, 0, 1};
  far.mac = {2, 0, 0, 0, 0, 2};
  hosts.engine->connect({.name = "second", .a = near, .b = far, .mtu = 1600});
  hosts.engine->settle();
  const auto found = netlink::find_interface(*hosts.a.socket, "second-a");
  const auto other = netlink::find_interface(*hosts.b.socket, "second-b");
  REQUIRE(found.has_value());
  REQUIRE(other.has_value());
  CHECK(found->mac.bytes == near.mac);
  CHECK(other->mac.bytes == far.mac);
  CHECK(found->mtu == 1600);
  CHECK(other->mtu == 1600);
  CHECK(found->up);
  CHECK(other->up);
}

void obeys_the_table(EngineKind kind) {
  SUBCASE("a delay each way adds up") { a_delay_each_way_adds_up(kind); }
  SUBCASE("what was asked is read back") { what_was_asked_is_read_back(kind); }
  SUBCASE("losses are within their bounds") { losses_are_within_their_bounds(kind); }
  SUBCASE("losses in bursts are within their bounds") { losses_in_bursts_are_within_their_bounds(kind); }
  SUBCASE("copies are within their bounds") { copies_are_within_their_bounds(kind); }
  SUBCASE("corruptions are within their bounds") { corruptions_are_within_their_bounds(kind); }
  SUBCASE("jitter keeps the order") { jitter_keeps_the_order(kind); }
  SUBCASE("reordering lets packets overtake") { reordering_lets_packets_overtake(kind); }
  SUBCASE("a rate and its queue hold") { a_rate_and_its_queue_hold(kind); }
  SUBCASE("a change loses nothing in flight") { a_change_loses_nothing_in_flight(kind); }
  SUBCASE("a link taken away leaves no interface") { a_link_taken_away_leaves_no_interface(kind); }
  SUBCASE("interfaces are as specified") { interfaces_are_as_specified(kind); }
}

}  // namespace

TEST_CASE("wire obeys the table of physical checks") { obeys_the_table(EngineKind::wire); }

TEST_CASE("wire over packet sockets obeys the table of physical checks") {
  obeys_the_table(EngineKind::packet_sockets);
}

TEST_CASE("netem obeys the table of physical checks" * doctest::skip(no_netem())) {
  obeys_the_table(EngineKind::netem);
}
