#include "nodes/probe/score.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>

using namespace segue::probe;

namespace {

constexpr std::int64_t ms = 1'000'000;

// A flow of packets every 20 ms over a path of 110 ms.
struct Flow {
  explicit Flow(std::uint64_t count, const std::set<std::uint64_t>& lost = {}) {
    for (std::uint64_t k = 0; k < count; ++k) {
      const auto at = static_cast<std::int64_t>(k) * 20 * ms;
      sent.push_back({k, at});
      if (!lost.contains(k)) received.push_back({k, at, at + 110 * ms});
    }
  }
  std::vector<Sent> sent;
  std::vector<Received> received;
};

}  // namespace

TEST_CASE("a flow that arrives whole has no losses, no interruption and the delay of its path") {
  const Flow flow(100);
  const auto result = score(flow.sent, flow.received);
  CHECK(result.sent == 100);
  CHECK(result.lost == 0);
  CHECK(result.interruption_ns == 0);
  CHECK(result.jitter_ns == 0);
  CHECK(result.burst_ratio == 1.0);
  CHECK(result.delay_min_ns == 110 * ms);
  CHECK(result.delay_p99_ns == 110 * ms);
}

TEST_CASE("what arrives and was never sent is none of the flow's") {
  Flow flow(100);
  flow.sent.erase(flow.sent.begin() + 50);
  flow.received.push_back({1000, 0, 3000 * ms});
  const auto result = score(flow.sent, flow.received);
  CHECK(result.sent == 99);
  CHECK(result.lost == 0);
  CHECK(result.duplicated == 0);
  CHECK(result.reordered == 0);
  CHECK(result.delay_max_ns == 110 * ms);
}

TEST_CASE("three packets lost in a row interrupt for 60 ms") {
  const Flow flow(100, {50, 51, 52});
  const auto result = score(flow.sent, flow.received, Window{900 * ms, 1200 * ms});
  CHECK(result.sent == 15);
  CHECK(result.lost == 3);
  CHECK(result.interruption_ns == 60 * ms);
  CHECK(result.burst_ratio == doctest::Approx(3 * 0.8));
}

TEST_CASE("every loss belongs to one window, to the first where windows overlap, and the rest to none") {
  const Flow flow(100, {5, 10, 11, 12, 20, 21, 90});
  const std::array windows{Window{200 * ms, 420 * ms}, Window{400 * ms, 600 * ms}};
  const auto result = attribute(flow.sent, flow.received, windows);
  REQUIRE(result.windows.size() == 2);
  CHECK(result.windows[0].lost == 4);  // 20 is sent at 400 ms, in both
  CHECK(result.windows[1].lost == 1);
  CHECK(result.outside.lost == 2);
  CHECK(result.windows[0].sent + result.windows[1].sent + result.outside.sent == 100);
}

TEST_CASE("a gap over the edge of windows counts where its packets were lost") {
  const Flow flow(100, {28, 29, 30, 31});
  const std::array windows{Window{0, 600 * ms}, Window{600 * ms, 1000 * ms}};
  const auto both = attribute(flow.sent, flow.received, windows);
  CHECK(both.windows[0].interruption_ns == 80 * ms);
  CHECK(both.windows[1].interruption_ns == 80 * ms);
  CHECK(both.outside.interruption_ns == 0);

  // Here the packets that end and begin the gap are in other windows than those that were lost.
  const std::array lost_only{Window{28 * 20 * ms, 32 * 20 * ms}};
  const auto inner = attribute(flow.sent, flow.received, lost_only);
  CHECK(inner.windows[0].interruption_ns == 80 * ms);
  CHECK(inner.windows[0].sent == 4);
  CHECK(inner.windows[0].delay_max_ns == 0);
  CHECK(inner.outside.interruption_ns == 0);
}

TEST_CASE("packets that were held up, not lost, interrupt as well and are late") {
  Flow flow(10);
  for (auto& packet : flow.received) {
    if (packet.sequence >= 4 && packet.sequence <= 6) packet.received_ns = 7 * 20 * ms + 110 * ms - 1;
  }
  const auto result = score(flow.sent, flow.received, {.playout_ns = 30 * ms});
  CHECK(result.lost == 0);
  CHECK(result.late == 2);  // 60 and 40 ms late; the third is 20 ms late
  CHECK(result.interruption_ns == 60 * ms - 1);
  CHECK(result.miss_ratio() == doctest::Approx(0.2));
  CHECK(result.delay_min_ns == 110 * ms);
  CHECK(result.delay_max_ns == 170 * ms - 1);
}

TEST_CASE("losses at either end of a flow, and of all of it, interrupt it") {
  const Flow front(20, {0, 1});
  CHECK(score(front.sent, front.received).interruption_ns == 40 * ms);
  const Flow back(20, {18, 19});
  CHECK(score(back.sent, back.received).interruption_ns == 40 * ms);
  const Flow none(3, {0, 1, 2});
  const auto result = score(none.sent, none.received);
  CHECK(result.lost == 3);
  CHECK(result.interruption_ns == 60 * ms);
  CHECK(score({}, {}).sent == 0);
}

TEST_CASE("copies and packets out of order are told apart, as RFC 4737 defines them") {
  Flow flow(6);
  flow.received = {{0, 0, 1}, {2, 0, 2}, {1, 0, 3}, {2, 0, 4}, {5, 0, 5}, {3, 0, 6}, {4, 0, 7}, {77, 0, 8}};
  const auto result = score(flow.sent, flow.received);
  CHECK(result.duplicated == 1);
  CHECK(result.reordered == 3);  // 1, 3 and 4 come after a higher number
  CHECK(result.lost == 0);
}

TEST_CASE("jitter follows RFC 3550 6.4.1") {
  Flow flow(3);
  flow.received[1].received_ns += 16 * ms;                        // D = 16 ms, then back by 16 ms
  CHECK(score(flow.sent, flow.received).jitter_ns == 1'937'500);  // J = 1 ms, then 1 + (16 - 1) / 16
}

TEST_CASE("delay quantiles are by nearest rank") {
  Flow flow(100);
  for (auto& packet : flow.received) {
    packet.received_ns = packet.sent_ns + static_cast<std::int64_t>(packet.sequence + 1) * 1000;
  }
  const auto result = score(flow.sent, flow.received);
  CHECK(result.delay_min_ns == 1000);
  CHECK(result.delay_p50_ns == 50'000);
  CHECK(result.delay_p99_ns == 99'000);
  CHECK(result.delay_max_ns == 100'000);
  CHECK(result.delay_mean_ns == 50'500);
}

TEST_CASE("where a flow ends is told by its fastest packets, whichever they are") {
  Flow flow(100, {99});
  flow.received.front().received_ns += 40 * ms;
  CHECK(score(flow.sent, flow.received).interruption_ns == 20 * ms);
}

TEST_CASE("a call follows a longer way within a second: what comes until then is late, and nothing after") {
  Flow flow(200);
  for (auto& packet : flow.received) {
    if (packet.sequence >= 100) packet.received_ns += 88 * ms;
  }
  const auto result = score(flow.sent, flow.received);
  CHECK(result.late > 40);
  CHECK(result.late <= 50);
  CHECK(result.lost == 0);
}

TEST_CASE("windows in the order of time are found like those in any other") {
  const Flow flow(200, {7, 30, 31, 77, 120, 121, 199});
  const std::array windows{Window{100 * ms, 300 * ms}, Window{280 * ms, 700 * ms}, Window{1500 * ms, 2500 * ms}};
  const std::array shuffled{windows[2], windows[0], windows[1]};
  const auto ordered = attribute(flow.sent, flow.received, windows);
  const auto other = attribute(flow.sent, flow.received, shuffled);
  CHECK(ordered.windows[0].lost == other.windows[1].lost);
  CHECK(ordered.windows[1].lost == other.windows[2].lost);
  CHECK(ordered.windows[2].lost == other.windows[0].lost);
  CHECK(ordered.windows[2].lost == 3);
  CHECK(ordered.outside.lost == other.outside.lost);
  CHECK(ordered.outside.lost == 1);
}

TEST_CASE("a gap in which nothing was lost counts where the packet that ended it was sent") {
  Flow flow(100);
  for (auto& packet : flow.received) {
    if (packet.sequence >= 50) packet.received_ns += 300 * ms;
  }
  const std::array windows{Window{0, 1000 * ms}, Window{1000 * ms, 2000 * ms}};
  const auto result = attribute(flow.sent, flow.received, windows);
  CHECK(result.windows[0].interruption_ns == 0);
  CHECK(result.windows[1].interruption_ns == 300 * ms);
}
