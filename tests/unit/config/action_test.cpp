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
  for (const auto& [word, text] :
       {std::pair{"route", "off"}, std::pair{"route", "through"}, std::pair{"route", "through tunnel anchor"},
        std::pair{"route", "via new"}, std::pair{"route", "tunnel ar1"}, std::pair{"radio", "leave old"},
        std::pair{"radio", "join new carrier"}, std::pair{"radio", "join new"}, std::pair{"buffer", "hold"},
        std::pair{"buffer", "hold 64 packets"}, std::pair{"buffer", "hold 64 packets oldest"},
        std::pair{"buffer", "hold oldest"}, std::pair{"buffer", "release"}, std::pair{"buffer", "discard"},
        std::pair{"buffer", "forget delivered"}}) {
    const Action action = key(word).parse(text);
    CHECK(to_text(action) == text);
    CHECK(key_of(action) == word);
  }
  CHECK(std::get<BufferAction>(key("buffer").parse("hold")).limit == default_buffer_limit);
}

TEST_CASE("what is no action is told with what would be one") {
  CHECK(mistake("radio", "leave") ==
        "\"leave\": it is \"leave ROUTER\" or \"join ROUTER\", either with \"carrier\" behind it");
  CHECK(mistake("radio", "join new old").find("it is") != std::string::npos);
  for (const char* text :
       {"", "hold 0 packets", "hold 5", "hold -1 packets", "hold 1000001 packets", "hold 5 packets newest",
        "release all", "forget", "forget sent", "holds", "hold 99999999999 packets"}) {
    CAPTURE(text);
    CHECK(mistake("buffer", text).find("it is \"hold\"") != std::string::npos);
  }
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
