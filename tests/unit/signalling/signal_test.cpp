#include "nodes/signalling/signal.hpp"

#include <doctest/doctest.h>

#include <random>
#include <utility>

using namespace segue::signalling;

TEST_CASE("a signal survives the way to bytes and back, padding and all") {
  const Signal signal{Signal::Kind::confirm, 3, 511, 0x0123456789abcdefULL, "AKA challenge (RAND, AUTN)"};
  auto bytes = encode(signal);
  CHECK(decode(bytes) == signal);
  bytes.resize(bytes.size() + 20);
  CHECK(decode(bytes) == signal);
}

TEST_CASE("a text over the limit is cut, so that a signal fits one packet") {
  const auto decoded = decode(encode({.text = std::string(5000, 'x')}));
  REQUIRE(decoded);
  CHECK(decoded->text.size() == signal_text_limit);
}

TEST_CASE("what is cut short or garbled is no signal") {
  const auto whole = encode({.handover = 7, .text = "attach"});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK_FALSE(decode(std::span(whole).first(length)));
  }
}

TEST_CASE("a signal in which one bit was flipped is none, whichever bit, and neither is one with two") {
  const auto whole = encode({Signal::Kind::acknowledge, 1, 7, 42, "handover command"});
  std::size_t taken = 0;
  for (std::size_t first = 0; first < whole.size() * 8; ++first) {
    auto damaged = whole;
    damaged[first / 8] ^= static_cast<std::uint8_t>(1U << first % 8);
    taken += decode(damaged) ? 1 : 0;
    for (std::size_t second = 0; second < first; ++second) {
      damaged[second / 8] ^= static_cast<std::uint8_t>(1U << second % 8);
      taken += decode(damaged) ? 1 : 0;
      damaged[second / 8] ^= static_cast<std::uint8_t>(1U << second % 8);
    }
  }
  CHECK(taken == 0);
}

TEST_CASE("a flipped bit is noticed in the padding's company too, where the length says more than there was") {
  auto whole = encode({.handover = 7, .text = "attach"});
  const std::size_t bits = whole.size() * 8;
  whole.resize(60);
  for (std::size_t bit = 0; bit < bits; ++bit) {
    auto damaged = whole;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    CHECK_FALSE(decode(damaged));
  }
}

TEST_CASE("the checksum is Ethernet's") {
  // Of the whole with its own checksum behind it, least significant byte first, the residue of CRC-32 is always the
  // same.
  auto bytes = encode({.text = "123456789"});
  const std::size_t end = bytes.size();
  std::swap(bytes[end - 4], bytes[end - 1]);
  std::swap(bytes[end - 3], bytes[end - 2]);
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
  }
  CHECK(crc == 0xdebb20e3);
}

TEST_CASE("random bytes never crash the decoder") {
  std::mt19937 random(1);
  const auto whole = encode({.handover = 7, .text = "attach"});
  for (int round = 0; round < 20000; ++round) {
    auto bytes = whole;
    for (int flips = 0; flips < 4; ++flips) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    bytes.resize(random() % (bytes.size() + 1));
    const auto decoded = decode(bytes);
    if (decoded) CHECK(decoded->text.size() <= bytes.size());
  }
}
