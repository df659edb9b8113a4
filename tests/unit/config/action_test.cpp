#include "orchestrator/config/action.hpp"

#include <doctest/doctest.h>

#include "nodes/base/error.hpp"
#include "orchestrator/config/mechanism.hpp"

using namespace segue;
using namespace segue::config;
using namespace std::chrono_literals;

namespace {

const ActionKey& key(std::string_view word) {
  for (const ActionKey& one : action_keys()) {
    if (one.key == word) return one;
  }
  FAIL("no such key");
  return action_keys().front();
}

std::string mistake(std::string_view word, std::string_view text) {
  try {
    key(word).parse(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("every action reads as it is written") {
  for (const auto& [word, text] : {std::pair{"route", "off"},
                                   std::pair{"route", "through"},
                                   std::pair{"route", "through tunnel anchor"},
                                   std::pair{"route", "via new"},
                                   std::pair{"route", "tunnel ar1"},
                                   std::pair{"radio", "leave old"},
                                   std::pair{"radio", "join new"},
                                   std::pair{"radio", "join new carrier"},
                                   std::pair{"buffer", "hold"},
                                   std::pair{"buffer", "hold 64 packets"},
                                   std::pair{"buffer", "hold 64 packets oldest"},
                                   std::pair{"buffer", "hold oldest"},
                                   std::pair{"buffer", "release"},
                                   std::pair{"buffer", "discard"},
                                   std::pair{"buffer", "hold forwarded"},
                                   std::pair{"buffer", "hold direct 64 packets oldest"},
                                   std::pair{"buffer", "release direct"},
                                   std::pair{"buffer", "discard forwarded"},
                                   std::pair{"buffer", "window 28ms"},
                                   std::pair{"buffer", "replay"},
                                   std::pair{"buffer", "forget delivered"},
                                   std::pair{"route", "tunnel new via r1"},
                                   std::pair{"route", "through tunnel anchor via r1"},
                                   std::pair{"bicast", "off"},
                                   std::pair{"bicast", "via new"},
                                   std::pair{"bicast", "through"},
                                   std::pair{"bicast", "through delayed 5ms"},
                                   std::pair{"bicast", "tunnel new via r1 delayed 20ms"}}) {
    const Action action = key(word).parse(text);
    CHECK(to_text(action) == text);
    CHECK(key_of(action) == word);
  }
  CHECK(std::get<BufferAction>(key("buffer").parse("hold")).limit == default_buffer_limit);
  CHECK(std::get<BufferAction>(key("buffer").parse("hold")).flow == Flow::all);
  CHECK(std::get<BufferAction>(key("buffer").parse("hold direct 9 packets")).flow == Flow::direct);
  const auto bicast = std::get<BicastAction>(key("bicast").parse("tunnel new via r1 delayed 20ms"));
  CHECK(bicast.way == RouteAction{RouteVerb::tunnel, "new", Encapsulation::srv6, "r1"});
  CHECK(bicast.delay == 20ms);
}

TEST_CASE("what is no action is told with what would be one") {
  CHECK(mistake("radio", "leave") ==
        "\"leave\": it is \"leave ROUTER\" or \"join ROUTER\", either with \"carrier\" behind it");
  CHECK(mistake("radio", "join new old").find("it is") != std::string::npos);
  for (const char* text :
       {"", "hold 0 packets", "hold 5", "hold -1 packets", "hold 1000001 packets", "hold 5 packets newest",
        "release all", "forget", "forget sent", "holds", "hold 99999999999 packets", "hold forwarded direct",
        "release forwarded direct", "window direct 5ms", "replay direct"}) {
    CAPTURE(text);
    CHECK(mistake("buffer", text).find("it is \"hold\"") != std::string::npos);
  }
  for (const char* text : {"", "delayed 5ms", "off delayed 5ms", "through tunnel anchor", "via", "tunnel new delayed",
                           "tunnel new delayed 5ms 5ms", "on", "none"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(key("bicast").parse(text), InputError);
  }
  for (const char* text : {"via new via r1", "through via r1", "off via r1", "tunnel new via", "tunnel new via a via b",
                           "tunnel via r1"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(key("route").parse(text), InputError);
  }
}

TEST_CASE("a tunnel adds an IPv6 header and a routing header, of which the reduced form leaves the first segment out") {
  CHECK(overhead(Encapsulation::srv6) == 40 + 8 + 16);
  CHECK(overhead(Encapsulation::srv6, 2) == 40 + 8 + 2 * 16);
  CHECK(overhead(Encapsulation::ip_in_ip) == 40);
  CHECK(overhead(Encapsulation::ip_in_ip, 2) == 40 + 8 + 16);
}

TEST_CASE("a wait is one time, or drawn between two, the same from the same seed") {
  CHECK(parse_wait("20ms") == Wait{20ms, 20ms});
  CHECK(parse_wait("uniform 30ms 70ms") == Wait{30ms, 70ms});
  CHECK(to_text(parse_wait("uniform 30ms 70ms")) == "uniform 30ms 70ms");
  CHECK(to_text(parse_wait("20ms")) == "20ms");
  for (const char* text :
       {"", "uniform", "uniform 3ms", "uniform 7ms 3ms", "uniform 1ms 2ms 3ms", "normal 1ms 2ms", "20"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_wait(text), InputError);
  }
  Mechanism mechanism;
  mechanism.steps.resize(2);
  mechanism.steps[0].wait = {30ms, 70ms};
  mechanism.steps[1].wait = {5ms, 5ms};
  Delay sum{0};
  constexpr int draws = 2000;
  for (int seed = 0; seed < draws; ++seed) {
    const Wait wait = drawn(mechanism, static_cast<std::uint64_t>(seed)).steps[0].wait;
    CHECK(wait.least == wait.most);
    CHECK(wait.least >= 30ms);
    CHECK(wait.most <= 70ms);
    sum += wait.least;
  }
  // The mean of 2,000 has a standard deviation of 40 ms / sqrt(12) / sqrt(2,000).
  CHECK(std::chrono::abs(sum / draws - Delay(50ms)) < 4 * 260us);
  CHECK(drawn(mechanism, 1).steps[0].wait == drawn(mechanism, 1).steps[0].wait);
  CHECK(drawn(mechanism, 1).steps[0].wait.least != drawn(mechanism, 2).steps[0].wait.least);
  CHECK(drawn(mechanism, 1).steps[1].wait == Wait{5ms, 5ms});
  CHECK(slowest(mechanism).steps[0].wait == Wait{70ms, 70ms});
}
