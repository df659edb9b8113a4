#include "nodes/base/units.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

using namespace segue;
using namespace std::chrono_literals;

TEST_CASE("delays are read with their unit and written in the shortest one") {
  CHECK(parse_delay("10ms") == 10ms);
  CHECK(parse_delay("0.1 ms") == 100us);
  CHECK(parse_delay("937.5us") == 937500ns);
  CHECK(parse_delay("2 s") == 2s);
  CHECK(parse_delay("1min") == 60s);
  CHECK(to_text(Delay{937500}) == "937.5us");
  CHECK(to_text(Delay{10ms}) == "10ms");
  CHECK(to_text(Delay{0}) == "0ms");
}

TEST_CASE("a delay that is none says what would be right") {
  CHECK_THROWS_WITH_AS(parse_delay("10 parsecs"), "\"10 parsecs\": unknown unit (ns, us, ms, s, min)", UnitError);
  CHECK_THROWS_WITH_AS(parse_delay("10"), "\"10\": a unit is missing (ns, us, ms, s, min)", UnitError);
  CHECK_THROWS_WITH_AS(parse_delay("-1ms"), "\"-1ms\": negative", UnitError);
  for (const char* text : {"", "ms", "inf s", "nan s", "1e300s", "1e999s", "1ms2", "0x10ms"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_delay(text), UnitError);
  }
  std::string rubbish;
  rubbish.resize(100'000'000, 'x');
  CHECK_THROWS_AS(parse_delay(rubbish), UnitError);
}

TEST_CASE("rates, probabilities and sizes") {
  CHECK(parse_rate("5Mbit").bits_per_second == 5'000'000);
  CHECK(parse_rate("1.5 Gbit/s").bits_per_second == 1'500'000'000);
  CHECK(parse_probability("1%").value == doctest::Approx(0.01));
  CHECK(parse_probability("0.25").value == 0.25);
  CHECK_THROWS_AS(parse_probability("101%"), UnitError);
  CHECK(parse_bytes("32KiB") == 32768);
  CHECK(parse_bytes("1500") == 1500);
  CHECK(to_text(Rate{5'000'000}) == "5Mbit/s");
}
