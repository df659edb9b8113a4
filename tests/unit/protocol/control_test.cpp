#include "nodes/protocol/control.hpp"

#include <doctest/doctest.h>

#include "nodes/base/error.hpp"
#include "nodes/protocol/channel.hpp"

using namespace segue;
using namespace segue::protocol;

namespace {

const netlink::Route blackhole{
    .destination = parse_prefix("fd00::1/128"), .device = "", .type = netlink::RouteType::blackhole};

// With every kind of step, of endpoint, of action and of route.
Plan a_plan() {
  const Message over_network{.text = "vector",
                             .from = 1,
                             .to = 2,
                             .forth = NetworkEndpoint{parse_address("fd00::a"), parse_address("fd00::b")},
                             .back = NetworkEndpoint{parse_address("fd00::b"), parse_address("fd00::a")},
                             .delay = Delay{937500},
                             .confirmed = true};
  const Message over_link{.text = "attach",
                          .from = 2,
                          .to = 3,
                          .forth = LinkEndpoint{"mn", {2, 0, 0, 0, 0, 1}},
                          .back = LinkEndpoint{"ar2", {2, 0, 0, 0, 0, 2}},
                          .retries = 3,
                          .retry_after = Delay{7}};
  const SetRoutes routes{{{.destination = parse_prefix("fd00::1/128"),
                           .via = parse_address("fd00::2"),
                           .device = "ar2",
                           .encapsulation = netlink::Seg6Encap{{parse_address("fd00::5"), parse_address("fd00::6")}}},
                          {.destination = parse_prefix("fd00::6/128"),
                           .device = "mn",
                           .table = 1000,
                           .encapsulation = netlink::Seg6EndDt6{100}}}};
  return {.handover = 9,
          .node = 2,
          .start = {SetRoutes{{blackhole}}},
          .steps = {{.number = 5,
                     .name = "prepare",
                     .after = {0, 4},
                     .content = over_network,
                     .on_done = {routes, Execute{"true"}}},
                    {.number = 6, .name = "switch", .content = Wait{2, Delay{20}}},
                    {.number = 8, .name = "attach", .content = over_link}}};
}

}  // namespace

TEST_CASE("a plan with every kind of step, action and route survives the way to an agent") {
  const Plan plan = a_plan();
  const auto [number, request] = decode_request(encode(5, Request{Prepare{plan}}));
  CHECK(number == 5);
  const Plan& read = std::get<Prepare>(request).plan;
  CHECK(read.handover == 9);
  CHECK(read.node == 2);
  CHECK(read.start == plan.start);
  REQUIRE(read.steps.size() == 3);
  CHECK(read.steps[0].number == 5);
  CHECK(read.steps[0].name == "prepare");
  CHECK(read.steps[0].after == plan.steps[0].after);
  CHECK(read.steps[0].on_done == plan.steps[0].on_done);
  for (const std::size_t step : {0, 2}) {
    const auto& message = std::get<Message>(read.steps[step].content);
    const auto& sent = std::get<Message>(plan.steps[step].content);
    CHECK(message.text == sent.text);
    CHECK(message.from == sent.from);
    CHECK(message.to == sent.to);
    CHECK(message.forth == sent.forth);
    CHECK(message.back == sent.back);
    CHECK(message.delay == sent.delay);
    CHECK(message.retries == sent.retries);
    CHECK(message.retry_after == sent.retry_after);
    CHECK(message.confirmed == sent.confirmed);
  }
  CHECK(std::get<Wait>(read.steps[1].content).at == 2);
  CHECK(std::get<Wait>(read.steps[1].content).time == Delay{20});
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

TEST_CASE("what a node saw of a packet survives the way from it") {
  Sighting seen{.flow = 3,
                .sequence = std::uint64_t{1} << 40,
                .at_ns = 1'000'000'007,
                .kind = Sighting::Kind::refused,
                .interface = "ar1",
                .tunnelled = true,
                .hop_limit = 60,
                .inner_hops = 61};
  seen.towards = parse_address("fd5e:9e:0:4:d000::1");
  const auto read = std::get<Sightings>(decode_report(encode(3, Report{Sightings{{seen}, 9}})).second);
  REQUIRE(read.seen.size() == 1);
  CHECK(read.seen.front() == seen);
  CHECK(read.missed == 9);
  const auto asked = std::get<ReadSightings>(decode_request(encode(4, Request{ReadSightings{3, {1, 5}, 42}})).second);
  CHECK(asked.sequences == std::vector<std::uint64_t>{1, 5});
  CHECK(asked.forget_ns == 42);
}

TEST_CASE("bytes that are no text, from a command or a link, arrive as text with a mark for each") {
  const std::string bytes = "bad \xff\xc3( and cut \xe2\x82";
  const auto failed = std::get<Failed>(decode_report(encode(1, Report{Failed{bytes, 1}})).second);
  CHECK(failed.what == "bad \uFFFD\uFFFD( and cut \uFFFD");
  Plan plan = a_plan();
  std::get<Message>(plan.steps[0].content).text = bytes;
  const auto prepare = std::get<Prepare>(decode_request(encode(2, Request{Prepare{plan}})).second);
  CHECK(std::get<Message>(prepare.plan.steps[0].content).text == failed.what);
  for (int byte = 0; byte < 256; ++byte) {
    CHECK_NOTHROW(encode(1, Report{Failed{std::string(3, static_cast<char>(byte)), 1}}));
  }
}

TEST_CASE("what is no message is an error and not a crash") {
  for (const char* text :
       {"", "{", "[]", "[1]", "[1,99,null]", "[1,1,null]", "[1,1,{\"plan\":3}]", "{\"1\":0}", "[1,0.5]",
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
