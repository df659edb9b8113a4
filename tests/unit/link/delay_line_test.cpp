// The delay line in a time of the tests' own.
#include "nodes/link/delay_line.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <set>
#include <vector>

using namespace segue;
using namespace segue::link;
using namespace std::chrono_literals;

namespace {

struct Out {
  Instant due;
  std::uint32_t number;
};

// Numbers the packets it sends, and reads the numbers of those that come out.
struct Bench {
  explicit Bench(const Impairments& impairments) : line(pool, log, 3, Direction::b_to_a, impairments) {}

  void send(Instant when, std::uint32_t frame_bytes = 100) {
    Packet packet{pool.take_small(), frame_bytes + vnet_bytes > small_slot ? pool.take_large() : nullptr,
                  frame_bytes + static_cast<std::uint32_t>(vnet_bytes)};
    packet.set_header({});
    std::memcpy(packet.small + vnet_bytes, &sent, sizeof sent);
    ++sent;
    line.push(packet, when);
  }
  std::vector<Out> receive(Instant until) {
    std::vector<Out> out;
    while (const auto due = line.pop(until)) {
      Out packet{due->at, 0};
      std::memcpy(&packet.number, due->packet.small + vnet_bytes, sizeof packet.number);
      out.push_back(packet);
      line.delivered(due->packet);
    }
    return out;
  }

  PacketPool pool;
  LossLog log;
  DelayLine line;
  std::uint32_t sent = 0;
};

const Instant start = from_ns(1'000'000'000);
const Instant forever = start + 1000s;

bool conserved(const LinkCounters& counters) {
  return counters.packets + counters.duplicated == counters.delivered + counters.lost + counters.dropped;
}

}  // namespace

TEST_CASE("a constant delay delays each packet by exactly that, in order") {
  Bench bench({.delay = 10ms});
  for (int i = 0; i < 100; ++i) bench.send(start + i * 1us);
  CHECK(bench.line.next_due() == start + 10ms);
  CHECK(bench.receive(start + 10ms - 1ns).empty());
  const auto out = bench.receive(forever);
  REQUIRE(out.size() == 100);
  for (std::uint32_t i = 0; i < 100; ++i) {
    CHECK(out[i].number == i);
    CHECK(out[i].due == start + 10ms + i * 1us);
  }
  CHECK(bench.line.counters().delivered == 100);
  CHECK(bench.line.counters().bytes == 10'000);
}

TEST_CASE("without impairments a packet is due when it arrives") {
  Bench bench({});
  bench.send(start);
  CHECK(bench.receive(start).size() == 1);
}

TEST_CASE("jitter keeps the order, and still spreads the delays") {
  for (const auto shape : {JitterShape::uniform, JitterShape::normal}) {
    Bench bench({.delay = 10ms, .jitter = 3ms, .jitter_shape = shape, .seed = 1});
    for (int i = 0; i < 2000; ++i) bench.send(start + i * 20ms);
    const auto out = bench.receive(forever);
    REQUIRE(out.size() == 2000);
    double sum = 0;
    for (std::uint32_t i = 0; i < 2000; ++i) {
      CHECK(out[i].number == i);
      sum += static_cast<double>((out[i].due - start - i * 20ms).count());
    }
    CHECK(sum / 2000 == doctest::Approx(10e6).epsilon(0.03));
  }
  Bench bench({.delay = 10ms, .jitter = 3ms, .seed = 1});
  for (int i = 0; i < 2000; ++i) bench.send(start + i * 100us);
  const auto out = bench.receive(forever);
  REQUIRE(out.size() == 2000);
  for (std::uint32_t i = 0; i < 2000; ++i) CHECK(out[i].number == i);
}

TEST_CASE("a rate serialises, the delay comes on top, and the queue limit drops what is too much") {
  Bench bench({.delay = 5ms, .rate = {8'000'000}, .queue_limit = 10});
  for (int i = 0; i < 25; ++i) bench.send(start, 1000);
  const auto out = bench.receive(forever);
  REQUIRE(out.size() == 10);
  for (std::uint32_t i = 0; i < 10; ++i) CHECK(out[i].due == start + 5ms + (i + 1) * 1ms);
  CHECK(bench.line.counters().dropped == 15);
  CHECK(bench.log.events().size() == 15);
  CHECK(bench.log.events().front().cause == LossCause::queue_full);
  CHECK(bench.log.events().front().link == 3);
  CHECK(bench.log.events().front().length == 1000);
  CHECK(conserved(bench.line.counters()));
}

TEST_CASE("packets that are merely delayed do not count against the queue limit") {
  Bench bench({.delay = 1s, .rate = {8'000'000}, .queue_limit = 2});
  for (int i = 0; i < 500; ++i) bench.send(start + i * 1ms, 1000);
  CHECK(bench.receive(forever).size() == 500);
}

TEST_CASE("order costs delay: who sends less often than the delay varies sees the mean that was asked for") {
  // The table of README.md, for a delay of 20 ms and a normal jitter of 5 ms.
  struct Row {
    Delay interval;
    double mean_ms;
  };
  for (const Row& row : {Row{20ms, 20.0}, Row{4ms, 21.6}, Row{1ms, 24.5}, Row{100us, 29.2}}) {
    CAPTURE(row.mean_ms);
    Bench bench({.delay = 20ms, .jitter = 5ms, .seed = 7});
    constexpr int count = 20'000;
    for (int i = 0; i < count; ++i) bench.send(start + i * row.interval);
    double sum_ms = 0;
    for (const auto& packet : bench.receive(forever)) {
      sum_ms += std::chrono::duration<double, std::milli>(packet.due - start - packet.number * row.interval).count();
    }
    CHECK(std::abs(sum_ms / count - row.mean_ms) < 0.4);
  }
}

TEST_CASE("packets of any size are under way for nothing: only what waits fills the queue") {
  // 89 kbit/s of small packets over a link of 150 kbit/s: none ever waits for another.
  Bench bench({.delay = 500ms, .rate = {150'000}, .queue_limit = 1});
  for (int i = 0; i < 500; ++i) bench.send(start + i * 20ms, 222);
  CHECK(bench.receive(forever).size() == 500);
  CHECK(bench.line.counters().dropped == 0);
}

TEST_CASE("what the jitter brings together waits for the transmitter: nothing leaves faster than the rate") {
  Bench bench({.delay = 50ms, .jitter = 20ms, .rate = {800'000}, .seed = 1});
  for (int i = 0; i < 1000; ++i) bench.send(start + i * 2ms, 100);  // 1 ms each
  const auto out = bench.receive(forever);
  REQUIRE(out.size() == 1000);
  for (std::size_t i = 1; i < out.size(); ++i) CHECK(out[i].due - out[i - 1].due >= 1ms);
}

TEST_CASE("a reordered packet overtakes what is under way, but not the rate") {
  Bench bench({.delay = 20ms, .rate = {1'000'000}, .queue_limit = 1000, .reorder = {0.25}, .seed = 3});
  for (int i = 0; i < 1000; ++i) bench.send(start + i * 2ms, 1000);  // 8 ms each: too much
  const auto out = bench.receive(forever);
  REQUIRE(out.size() == 1000);
  CHECK(bench.line.counters().reordered > 200);
  bool overtook = false;
  for (std::size_t i = 1; i < out.size(); ++i) {
    CHECK(out[i].due - out[i - 1].due >= 8ms);
    overtook = overtook || out[i].number < out[i - 1].number;
  }
  CHECK(overtook);
  CHECK(conserved(bench.line.counters()));
}

TEST_CASE("a line says when something comes out, and nothing does before") {
  Bench bench({.delay = 5ms, .rate = {8'000'000}, .queue_limit = 10});
  bench.send(start, 1000);
  bench.send(start, 500);
  CHECK(bench.line.next_due() == start + 6ms);
  CHECK(bench.receive(start + 6ms - 1ns).empty());
  CHECK(bench.receive(start + 6ms).size() == 1);
  CHECK(bench.line.next_due() == start + 6500us);
  bench.line.change({.delay = 5ms}, start + 6ms);
  CHECK(bench.line.next_due() == start + 6500us);
  CHECK(bench.receive(forever).size() == 1);
  CHECK(bench.line.empty());
}

TEST_CASE("a change of rate holds for what comes to the transmitter after it") {
  Bench bench({.delay = 10ms, .rate = {8'000'000}});
  bench.send(start, 1000);
  bench.send(start + 20ms, 1000);
  bench.line.change({.delay = 10ms, .rate = {4'000'000}}, start + 15ms);
  const auto out = bench.receive(forever);
  REQUIRE(out.size() == 2);
  CHECK(out[0].due == start + 11ms);
  CHECK(out[1].due == start + 32ms);
}

TEST_CASE("losses are within their bounds, counted and remembered") {
  Bench bench({.delay = 1ms, .loss = {0.01}, .seed = 5});
  constexpr int count = 100'000;
  for (int i = 0; i < count; ++i) bench.send(start + i * 1us);
  const auto out = bench.receive(forever);
  const double lost = count - static_cast<double>(out.size());
  CHECK(std::abs(lost - 1000) < 4 * std::sqrt(count * 0.01 * 0.99));
  CHECK(static_cast<double>(bench.line.counters().lost) == lost);
  CHECK(bench.log.events().front().direction == Direction::b_to_a);
  CHECK(conserved(bench.line.counters()));
}

TEST_CASE("duplicates come with their originals and are no packets of their own for duplication") {
  Bench bench({.delay = 1ms, .duplicate = {1}});
  for (int i = 0; i < 10; ++i) bench.send(start + i * 1ms, 3000);
  const auto out = bench.receive(forever);
  REQUIRE(out.size() == 20);
  for (std::uint32_t i = 0; i < 20; ++i) CHECK(out[i].number == i / 2);
  CHECK(bench.line.counters().duplicated == 10);
  CHECK(conserved(bench.line.counters()));
}

TEST_CASE("duplication and loss together keep the books straight") {
  Bench bench({.delay = 1ms, .loss = {0.3}, .duplicate = {0.3}, .seed = 9});
  for (int i = 0; i < 10'000; ++i) bench.send(start + i * 1us);
  bench.receive(forever);
  CHECK(bench.line.counters().lost > 0);
  CHECK(conserved(bench.line.counters()));
  CHECK(bench.line.in_flight() == 0);
}

TEST_CASE("a reordered packet is sent at once, past those that wait, and the others keep their time") {
  Bench bench({.delay = 10ms, .reorder = {0.25}, .seed = 3});
  for (int i = 0; i < 4000; ++i) bench.send(start + i * 1ms);
  const auto out = bench.receive(forever);
  REQUIRE(out.size() == 4000);
  int at_once = 0;
  Instant last{};
  for (const auto& packet : out) {
    CHECK(packet.due >= last);
    last = packet.due;
    const Delay delay = packet.due - start - packet.number * 1ms;
    CHECK((delay == Delay{0} || delay == 10ms));
    at_once += delay == Delay{0} ? 1 : 0;
  }
  CHECK(at_once == bench.line.counters().reordered);
  CHECK(std::abs(at_once - 1000) < 4 * std::sqrt(4000 * 0.25 * 0.75));
}

TEST_CASE("reordering without a delay does nothing") {
  Bench bench({.reorder = {1}});
  bench.send(start);
  bench.receive(start);
  CHECK(bench.line.counters().reordered == 0);
}

TEST_CASE("a corrupted copy leaves the other one whole") {
  Bench bench({.duplicate = {1}, .corrupt = {0.5}, .seed = 2});
  std::set<std::uint64_t> kinds;
  for (int i = 0; i < 100; ++i) {
    bench.send(start);
    int damaged = 0;
    while (const auto due = bench.line.pop(start)) {
      // The rest of the frame is what the slot held before; only the number is looked at.
      std::uint32_t number = 0;
      std::memcpy(&number, due->packet.small + vnet_bytes, sizeof number);
      damaged += number == static_cast<std::uint32_t>(i) ? 0 : 1;
      bench.line.delivered(due->packet);
    }
    kinds.insert(static_cast<std::uint64_t>(damaged));
  }
  CHECK(kinds.contains(0));
  CHECK(kinds.contains(1));
  CHECK(bench.line.counters().corrupted > 60);
}

TEST_CASE("a change neither loses nor re-times what is in flight") {
  Bench bench({.delay = 100ms});
  bench.send(start);
  bench.line.change({.delay = 10ms});
  bench.send(start + 1ms);
  bench.line.change({.delay = 10ms, .loss = {1}});
  bench.send(start + 2ms);
  const auto out = bench.receive(forever);
  REQUIRE(out.size() == 2);
  CHECK(out[0].number == 1);
  CHECK(out[0].due == start + 11ms);
  CHECK(out[1].number == 0);
  CHECK(out[1].due == start + 100ms);
}

TEST_CASE("a change of rate leaves what is being sent as it was and follows it") {
  Bench bench({.rate = {8'000'000}});
  bench.send(start, 1000);
  bench.send(start, 1000);
  bench.line.change({.rate = {16'000'000}});
  bench.send(start, 1000);
  bench.line.change({});
  bench.send(start, 1000);
  const auto out = bench.receive(forever);
  REQUIRE(out.size() == 4);
  CHECK(out[1].due == start + 2ms);
  CHECK(out[2].due == start + 2500us);
  CHECK(out[3].due == start + 2500us);
  CHECK(out[3].number == 3);
}

TEST_CASE("a change without another seed goes on with the random sequence") {
  const Impairments lossy{.loss = {0.5}, .seed = 4};
  Bench steady(lossy);
  Bench changed(lossy);
  for (int i = 0; i < 200; ++i) {
    steady.send(start);
    changed.send(start);
    changed.line.change(lossy);
  }
  const auto one = steady.receive(start);
  const auto two = changed.receive(start);
  REQUIRE(one.size() == two.size());
  for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i].number == two[i].number);
}

TEST_CASE("a segment that passes whole counts as the packets it stands for") {
  Bench bench({});
  Packet packet{bench.pool.take_small(), bench.pool.take_large(), 0};
  packet.length = static_cast<std::uint32_t>(vnet_bytes) + 66 + 10 * 1448 + 1;
  VnetHeader header;
  header.gso_type = 1;
  header.header_length = 66;
  header.gso_size = 1448;
  packet.set_header(header);
  bench.line.push(packet, start);
  bench.receive(start);
  CHECK(bench.line.counters().packets == 11);
  CHECK(bench.line.counters().delivered == 11);
}

TEST_CASE("when the memory is used up the pool says so, and what is given back can be taken again") {
  PacketPool pool(4 << 20);
  std::vector<std::byte*> slots;
  while (std::byte* slot = pool.take_large()) slots.push_back(slot);
  CHECK(slots.size() == 48);
  CHECK(pool.take_large() == nullptr);
  std::byte* small = pool.take_small();
  REQUIRE(small != nullptr);
  CHECK_FALSE(pool.copy({small, slots.back(), 10'000}).has_value());
  pool.give({small, slots.back(), 10'000});
  CHECK(pool.take_large() == slots.back());
}

TEST_CASE("only the most recent losses are kept") {
  LossLog log;
  for (std::uint32_t i = 0; i < LossLog::kept + 10; ++i) log.add({.when = start, .link = i});
  CHECK(log.events().size() == LossLog::kept);
  CHECK(log.events().front().link == 10);
}

TEST_CASE("where a rate keeps packets apart a shorter delay lets none pass another") {
  Impairments terms{.delay = 50ms, .rate = {80'000'000}};
  Bench bench(terms);
  bench.send(start);
  terms.delay = 10ms;
  bench.line.change(terms, start + 1ms);
  bench.send(start + 2ms);
  const auto out = bench.receive(forever);
  REQUIRE(out.size() == 2);
  CHECK(out[0].number == 0);
  CHECK(out[1].number == 1);
  CHECK(out[1].due >= start + 50ms);
}
