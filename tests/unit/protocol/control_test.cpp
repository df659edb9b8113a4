#include "nodes/protocol/control.hpp"

#include <doctest/doctest.h>

#include "nodes/base/error.hpp"
#include "nodes/protocol/channel.hpp"

using namespace segue;
using namespace segue::protocol;

namespace {

Plan a_plan() {
  Plan plan{
      .handover = 9,
      .node = 2,
      .start = {{.destination = parse_prefix("fd00::1/128"), .device = "", .type = netlink::RouteType::blackhole}}};
  PlanStep step{.name = "prepare", .message = "vector", .from = 1, .to = 2, .layer = 3};
  step.from_address = parse_address("fd00::a");
  step.to_address = parse_address("fd00::b");
  step.delay = Delay{937500};
  step.after = {0, 4};
  step.confirmed = true;
  step.routes.push_back({.destination = parse_prefix("fd00::1/128"),
                         .via = parse_address("fd00::2"),
                         .device = "ar2",
                         .encapsulation = netlink::Seg6Encap{{parse_address("fd00::5"), parse_address("fd00::6")}}});
  step.routes.push_back({.destination = parse_prefix("fd00::6/128"),
                         .device = "mn",
                         .table = 1000,
                         .encapsulation = netlink::Seg6EndDt6{100}});
  plan.steps = {step};
  return plan;
}

}  // namespace

TEST_CASE("a plan with every kind of route survives the way to an agent") {
  const Plan plan = a_plan();
  const auto [number, request] = decode_request(encode(5, Request{Prepare{plan}}));
  CHECK(number == 5);
  const Plan& read = std::get<Prepare>(request).plan;
  CHECK(read.handover == 9);
  CHECK(read.start == plan.start);
  REQUIRE(read.steps.size() == 1);
  CHECK(read.steps[0].routes == plan.steps[0].routes);
  CHECK(read.steps[0].delay == Delay{937500});
  CHECK(read.steps[0].after == plan.steps[0].after);
  CHECK(read.steps[0].from_address == plan.steps[0].from_address);
  CHECK(read.steps[0].confirmed);
}

TEST_CASE("requests and reports without a body keep their kind") {
  CHECK(std::holds_alternative<Ping>(decode_request(encode(1, Request{Ping{}})).second));
  CHECK(std::holds_alternative<ReadStatistics>(decode_request(encode(1, Request{ReadStatistics{}})).second));
  CHECK(std::holds_alternative<Done>(decode_report(encode(1, Report{Done{}})).second));
}

TEST_CASE("what an agent was late with survives the way from it") {
  const LateEvents late{{{1'000'000'007, 2'000'000}, {5, 600'000}}, 42};
  const auto read = std::get<Late>(decode_report(encode(3, Report{Late{late}})).second).what;
  REQUIRE(read.events.size() == 2);
  CHECK(read.events[0].due_ns == 1'000'000'007);
  CHECK(read.events[0].late_ns == 2'000'000);
  CHECK(read.events[1].due_ns == 5);
  CHECK(read.forgotten_ns == 42);
}

TEST_CASE("bytes that are no text, from a command or a link, arrive as text with a mark for each") {
  const std::string bytes = "bad \xff\xc3( and cut \xe2\x82";
  const auto failed = std::get<Failed>(decode_report(encode(1, Report{Failed{bytes, 1}})).second);
  CHECK(failed.what == "bad \uFFFD\uFFFD( and cut \uFFFD");
  Plan plan = a_plan();
  plan.steps[0].message = bytes;
  CHECK(std::get<Prepare>(decode_request(encode(2, Request{Prepare{plan}})).second).plan.steps[0].message ==
        failed.what);
  for (int byte = 0; byte < 256; ++byte) {
    CHECK_NOTHROW(encode(1, Report{Failed{std::string(3, static_cast<char>(byte)), 1}}));
  }
}

TEST_CASE("what is no message is an error and not a crash") {
  for (const char* text : {"", "{", "[]", "[1]", "[1,99,null]", "[1,1,null]", "[1,1,{\"plan\":3}]",
                           "[3,23333333333333333333333333333330]", "[1,0.5,null]", "[1e99,0,null]", "[\"x\",0,null]"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(decode_request(text), Error);
  }
}

TEST_CASE("a channel keeps messages whole, large ones too, and tells when its peer has gone") {
  auto [ours, theirs] = Channel::pair();
  const std::string large(150'000, 'x');
  ours.send("first");
  ours.send(large);
  CHECK(theirs.receive() == "first");
  CHECK(theirs.receive() == large);
  { const Fd closed = ours.release(); }
  CHECK_FALSE(theirs.receive());
  CHECK_THROWS_AS(theirs.send("anyone?"), Error);
}
