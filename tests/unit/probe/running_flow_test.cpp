#include "nodes/probe/running_flow.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <vector>

using namespace segue::probe;

namespace {

constexpr std::int64_t interval = 20'000'000;
constexpr std::int64_t delay = 110'000'000;

// Packets [first, last) of a call; each is lost, doubled or overtaken as a fixed generator says.
struct Call {
  std::vector<Sent> sent;
  std::vector<Received> received;

  void go_on(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i < last; ++i) {
      const auto at = static_cast<std::int64_t>(i) * interval;
      sent.push_back({i, at});
      const auto fate = random() % 20;
      if (fate == 0) continue;
      received.push_back({i, at, at + delay});
      if (fate == 1) received.push_back({i, at, at + delay + 1});
      if (fate == 2 && received.size() > 1) std::swap(received.back(), received[received.size() - 2]);
    }
  }

  std::mt19937 random{7};
};

void add_to(FlowScore& sum, const FlowScore& more) {
  sum.sent += more.sent;
  sum.lost += more.lost;
  sum.duplicated += more.duplicated;
}

}  // namespace

TEST_CASE("a flow counted in pieces and forgotten on the way comes to what it does when counted whole") {
  Call whole;
  whole.go_on(0, 5000);
  RunningFlow flow;
  FlowScore sum;
  std::size_t arrived = 0;
  for (std::size_t first = 0; first < 5000; first += 50) {
    const std::int64_t present = whole.sent[first + 49].sent_ns;
    const std::size_t before = arrived;
    while (arrived < whole.received.size() && whole.received[arrived].received_ns <= present) ++arrived;
    flow.add(std::span(whole.sent).subspan(first, 50), std::span(whole.received).subspan(before, arrived - before));
    const auto settled = present - 10 * interval;
    add_to(sum, flow.count_until(settled));
    flow.forget_before(settled - 100 * interval);
    CHECK(flow.kept() <= 200);
  }
  flow.add({}, std::span(whole.received).subspan(arrived));
  add_to(sum, flow.count_until(std::numeric_limits<std::int64_t>::max()));
  const FlowScore expected = score(whole.sent, whole.received);
  CHECK(sum.sent == 5000);
  CHECK(sum.lost == expected.lost);
  CHECK(sum.duplicated == expected.duplicated);
  CHECK(sum.lost > 100);
}

TEST_CASE("no packet is counted twice, and none is forgotten before it was counted") {
  Call call;
  call.go_on(0, 10);
  RunningFlow flow;
  flow.add(call.sent, call.received);
  CHECK(flow.count_until(5 * interval).sent == 5);
  CHECK(flow.count_until(5 * interval).sent == 0);
  CHECK(flow.count_until(3 * interval).sent == 0);
  flow.forget_before(8 * interval);
  CHECK(flow.kept() == 5);
  CHECK(flow.of({6 * interval, 8 * interval}).sent == 2);
  CHECK(flow.count_until(100 * interval).sent == 5);
}
