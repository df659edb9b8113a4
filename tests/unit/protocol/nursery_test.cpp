#include "nodes/protocol/nursery.hpp"

#include <doctest/doctest.h>

#include "nodes/base/error.hpp"
#include "nodes/base/pipe.hpp"
#include "nodes/protocol/channel.hpp"

using namespace segue;
using namespace segue::protocol;

TEST_CASE("who is to be born arrives with its two descriptors, the empty end after the last") {
  auto [orchestrator, nursery] = Channel::pair();
  Pipe pipe = make_pipe();
  ask_for(orchestrator.fd(), 7, pipe.read.get(), pipe.write.get());
  ask_for(orchestrator.fd(), 8, pipe.read.get(), pipe.write.get());
  orchestrator.release().reset();
  const auto first = next_birth(nursery.fd());
  REQUIRE(first);
  CHECK(first->node == 7);
  CHECK(::write(first->space.get(), "x", 1) == 1);
  char byte = 0;
  CHECK(::read(first->control.get(), &byte, 1) == 1);
  CHECK(next_birth(nursery.fd())->node == 8);
  CHECK_FALSE(next_birth(nursery.fd()));
}

TEST_CASE("a birth without its descriptors is refused, and so is a nursery that is gone") {
  auto [orchestrator, nursery] = Channel::pair();
  orchestrator.send("1234");
  CHECK_THROWS_WITH_AS(next_birth(nursery.fd()), "hear of the next agent: without its descriptors", Error);
  nursery.release().reset();
  CHECK_THROWS_WITH_AS(ask_for(orchestrator.fd(), 1, 0, 0), "ask for an agent: Broken pipe", Error);
}
