// The decisions about single packets, against their theory. Seeds are fixed; bounds are four standard deviations wide.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "nodes/link/corrupt.hpp"
#include "nodes/link/jitter.hpp"
#include "nodes/link/loss.hpp"
#include "nodes/link/random.hpp"
#include "nodes/link/transmitter.hpp"

using namespace segue;
using namespace segue::link;
using namespace std::chrono_literals;

namespace {

double four_sigma(double probability, double count) { return 4 * std::sqrt(probability * (1 - probability) / count); }

}  // namespace

TEST_CASE("the same seed gives the same sequence, and both directions of a link differ") {
  Random one(7);
  Random two(7);
  Random other(8);
  CHECK(one.next() == two.next());
  CHECK(one.next() != other.next());
  CHECK(direction_seed(7, 1, 0) != direction_seed(7, 1, 1));
  CHECK(direction_seed(7, 1, 1) != direction_seed(7, 2, 0));
}

TEST_CASE("an independent loss strikes with its probability, never at 0 and always at 1") {
  constexpr int count = 200'000;
  Loss loss;
  loss.seed(1);
  loss.set({0.01}, {});
  int lost = 0;
  for (int i = 0; i < count; ++i) lost += loss.strikes() ? 1 : 0;
  CHECK(std::abs(lost / double{count} - 0.01) < four_sigma(0.01, count));

  loss.set({0}, {});
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(loss.strikes());
  loss.set({1}, {});
  for (int i = 0; i < 1000; ++i) CHECK(loss.strikes());
}

TEST_CASE("Gilbert-Elliott loses its stationary share, in bursts of the length that follows from r") {
  constexpr int count = 1'000'000;
  const GilbertElliott model{.p = {0.01}, .r = {0.2}, .loss_in_bad = {1}, .loss_in_good = {0}};
  Loss loss;
  loss.seed(2);
  loss.set({}, model);
  int lost = 0;
  int bursts = 0;
  bool before = false;
  for (int i = 0; i < count; ++i) {
    const bool strikes = loss.strikes();
    lost += strikes ? 1 : 0;
    bursts += strikes && !before ? 1 : 0;
    before = strikes;
  }
  const double stationary = 0.01 / (0.01 + 0.2);
  CHECK(lost / double{count} == doctest::Approx(stationary).epsilon(0.05));
  CHECK(lost / double(bursts) == doctest::Approx(1 / 0.2).epsilon(0.05));
}

TEST_CASE("Gilbert-Elliott loses in both states when told to") {
  constexpr int count = 1'000'000;
  Loss loss;
  loss.seed(3);
  loss.set({}, {.p = {0.05}, .r = {0.15}, .loss_in_bad = {0.5}, .loss_in_good = {0.02}});
  int lost = 0;
  for (int i = 0; i < count; ++i) lost += loss.strikes() ? 1 : 0;
  CHECK(lost / double{count} == doctest::Approx(0.25 * 0.5 + 0.75 * 0.02).epsilon(0.03));
}

TEST_CASE("jitter has the mean and the spread it was given, in both shapes") {
  constexpr int count = 200'000;
  for (const auto shape : {JitterShape::uniform, JitterShape::normal}) {
    CAPTURE(static_cast<int>(shape));
    Jitter jitter;
    jitter.seed(4);
    jitter.set(10ms, 1ms, shape);
    double sum = 0;
    double squares = 0;
    Delay smallest = Delay::max();
    Delay largest{0};
    for (int i = 0; i < count; ++i) {
      const Delay delay = jitter.draw();
      const double ms = static_cast<double>(delay.count()) / 1e6;
      sum += ms;
      squares += ms * ms;
      smallest = std::min(smallest, delay);
      largest = std::max(largest, delay);
    }
    const double mean = sum / count;
    const double deviation = std::sqrt(squares / count - mean * mean);
    const bool uniform = shape == JitterShape::uniform;
    CHECK(mean == doctest::Approx(10).epsilon(0.001));
    CHECK(deviation == doctest::Approx(uniform ? 1 / std::sqrt(3.0) : 1.0).epsilon(0.01));
    CHECK(smallest >= 10ms - (uniform ? 1ms : 4ms));
    CHECK(largest <= 10ms + (uniform ? 1ms : 4ms));
    CHECK(largest > 10ms + (uniform ? 990us : 3ms));
  }
}

TEST_CASE("jitter wider than the delay never sends a packet into the past") {
  Jitter jitter;
  jitter.seed(5);
  jitter.set(1ms, 5ms, JitterShape::normal);
  int at_once = 0;
  for (int i = 0; i < 1000; ++i) {
    const Delay delay = jitter.draw();
    CHECK(delay >= Delay{0});
    at_once += delay == Delay{0} ? 1 : 0;
  }
  CHECK(at_once > 300);
}

TEST_CASE("a transmitter takes exactly the time that length and rate give, one packet after the other") {
  Transmitter transmitter;
  transmitter.set({8'000'000}, 10);  // a byte a microsecond
  const Instant start = from_ns(1'000'000);
  CHECK(transmitter.send(start, 1000) == start + 1ms);
  CHECK(transmitter.send(start, 500) == start + 1500us);
  CHECK_FALSE(transmitter.full(start + 5ms));
  CHECK(transmitter.waiting() == 0);
  CHECK(transmitter.send(start + 5ms, 1) == start + 5001us);
  transmitter.set({3'000'000'000}, 10);
  CHECK(transmitter.send(start + 6ms, 1500) == start + 6ms + 4us);
}

TEST_CASE("the queue limit counts packets until their last bit has left") {
  Transmitter transmitter;
  transmitter.set({8'000'000}, 3);
  const Instant start = from_ns(0);
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(transmitter.full(start));
    transmitter.send(start, 1000);
  }
  CHECK(transmitter.full(start));
  CHECK(transmitter.full(start + 1ms - 1ns));
  CHECK_FALSE(transmitter.full(start + 1ms));
  transmitter.send(start + 1ms, 1000);
  CHECK(transmitter.full(start + 1ms));
  transmitter.set({}, 3);
  CHECK_FALSE(transmitter.full(start + 1ms));
  CHECK(transmitter.send(start + 1ms, 1000) == start + 4ms);
}

TEST_CASE("corruption flips exactly one bit of the frame, anywhere in it, and lets the receiver's checksum see it") {
  PacketPool pool;
  Random random(6);
  std::vector<int> hits(3000);
  for (int round = 0; round < 30'000; ++round) {
    Packet packet{pool.take_small(), pool.take_large(), vnet_bytes + 3000};
    for (std::size_t i = 0; i < packet.length; ++i) packet.at(i) = std::byte{0};
    VnetHeader header;
    header.flags = 2;  // VIRTIO_NET_HDR_F_DATA_VALID
    packet.set_header(header);
    REQUIRE(flip_one_bit(packet, random));
    CHECK(packet.header().flags == 0);
    int bits = 0;
    for (std::size_t i = 0; i < packet.frame_length(); ++i) {
      const int here = std::popcount(static_cast<unsigned>(packet.at(vnet_bytes + i)));
      bits += here;
      hits[i] += here;
    }
    REQUIRE(bits == 1);
    pool.give(packet);
  }
  CHECK(hits.front() + hits[1] + hits[2] > 0);
  CHECK(hits[2997] + hits[2998] + hits[2999] > 0);
}

TEST_CASE("a checksum that is still open is computed before a bit is flipped, odd lengths and large packets too") {
  for (const std::uint32_t length : {60U, 61U, 2047U, 3001U}) {
    PacketPool pool;
    Packet packet{pool.take_small(), pool.take_large(), static_cast<std::uint32_t>(vnet_bytes) + length};
    for (std::size_t i = 0; i < packet.length; ++i) packet.at(i) = static_cast<std::byte>(i * 7);
    VnetHeader header;
    header.flags = VnetHeader::needs_checksum;
    header.checksum_start = 34;
    header.checksum_offset = 6;
    packet.set_header(header);
    complete_checksum(packet);
    CHECK(packet.header().flags == 0);
    // What the sum of a right packet is, its checksum included: all ones. (The pseudo-header's part was that field's.)
    std::uint64_t sum = 0;
    for (std::size_t i = vnet_bytes + 34; i < packet.length; ++i) {
      const auto byte = std::to_integer<std::uint64_t>(packet.at(i));
      sum += (i - vnet_bytes) % 2 == 0 ? byte << 8 : byte;
    }
    const std::uint64_t pseudo = (((40 + vnet_bytes) * 7 % 256) << 8) | ((41 + vnet_bytes) * 7 % 256);
    sum += pseudo;
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    CHECK(sum == 0xffff);
    Random random(6);
    CHECK(flip_one_bit(packet, random));
    pool.give(packet);
  }
}

TEST_CASE("a checksum that lies outside of its packet is not computed, and nothing else is touched") {
  PacketPool pool;
  Packet packet{pool.take_small(), nullptr, vnet_bytes + 40};
  for (std::size_t i = 0; i < packet.length; ++i) packet.at(i) = std::byte{0};
  VnetHeader header;
  header.flags = VnetHeader::needs_checksum;
  header.checksum_start = 34;
  header.checksum_offset = 6;
  packet.set_header(header);
  complete_checksum(packet);
  for (std::size_t i = vnet_bytes; i < packet.length; ++i) CHECK(packet.at(i) == std::byte{0});
  pool.give(packet);
}

TEST_CASE("a segment that passes whole is not corrupted: each of its packets has a checksum of its own") {
  PacketPool pool;
  Random random(6);
  Packet packet{pool.take_small(), nullptr, vnet_bytes + 100};
  for (std::size_t i = 0; i < packet.length; ++i) packet.at(i) = std::byte{0};
  VnetHeader header;
  header.flags = VnetHeader::needs_checksum;
  header.gso_type = 1;
  packet.set_header(header);
  CHECK_FALSE(flip_one_bit(packet, random));
  for (std::size_t i = vnet_bytes; i < packet.length; ++i) CHECK(packet.at(i) == std::byte{0});
  pool.give(packet);
}

TEST_CASE("a Gilbert-Elliott model that is switched off and on begins in its good state") {
  Loss loss;
  loss.seed(7);
  const GilbertElliott to_bad{.p = {1}, .r = {0}, .loss_in_bad = {1}, .loss_in_good = {0}};
  loss.set({}, to_bad);
  loss.strikes();
  REQUIRE(loss.strikes());  // it is in the bad one now
  loss.set({}, {});
  loss.set({}, to_bad);
  CHECK_FALSE(loss.strikes());
}
