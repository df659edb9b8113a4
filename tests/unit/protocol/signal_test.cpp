#include "nodes/protocol/signal.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace segue::protocol;

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
  auto wrong_magic = whole;
  wrong_magic[0] ^= 1;
  CHECK_FALSE(decode(wrong_magic));
  auto wrong_kind = whole;
  wrong_kind[4] = 9;
  CHECK_FALSE(decode(wrong_kind));
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
