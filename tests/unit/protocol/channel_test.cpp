#include "nodes/protocol/channel.hpp"

#include <doctest/doctest.h>

#include <string>

#include "nodes/base/error.hpp"

using namespace segue;
using protocol::Channel;

TEST_CASE("messages arrive whole and in order, the empty end after them") {
  auto [one, other] = Channel::pair();
  one.send("first");
  one.send(std::string(300'000, 'x'));
  one.release().reset();
  CHECK(other.receive() == "first");
  CHECK(other.receive() == std::string(300'000, 'x'));
  CHECK_FALSE(other.receive());
}

TEST_CASE("what was said before an end that left something unread is still received") {
  auto [one, other] = Channel::pair();
  other.send("nobody reads this");
  one.send("the result");
  one.send("the end of it");
  one.release().reset();
  CHECK(other.receive() == "the result");
  CHECK(other.receive() == "the end of it");
  CHECK_FALSE(other.receive());
}

TEST_CASE("to send to an end that has gone is an error") {
  auto [one, other] = Channel::pair();
  one.release().reset();
  CHECK_THROWS_AS(other.send("hello"), Error);
}
