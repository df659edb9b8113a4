#include "nodes/base/units.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <utility>

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

TEST_CASE("a unit that others write so is answered with the one that is meant") {
  const auto said = [](auto parse, const char* text) -> std::string {
    try {
      parse(text);
    } catch (const UnitError& error) {
      return error.what();
    }
    return {};
  };
  const std::string rates = "unknown unit (bit, kbit, Mbit, Gbit, bit/s, kbit/s, Mbit/s, Gbit/s)";
  CHECK(said(parse_rate, "1Mbps") == "\"1Mbps\": " + rates + "; did you mean \"1Mbit\"?");
  CHECK(said(parse_rate, "5 baud") == "\"5 baud\": " + rates);
  for (const auto& [written, meant] : {std::pair{"1Mb", "1Mbit"},
                                       {"1mbit", "1Mbit"},
                                       {"2.5 Kbps", "2.5kbit"},
                                       {"10G", "10Gbit"},
                                       {"100bps", "100bit"},
                                       {"1MB/s", "8Mbit"},
                                       {"3gbit/s", "3Gbit"}}) {
    CAPTURE(written);
    CHECK(said(parse_rate, written).ends_with("; did you mean \"" + std::string(meant) + "\"?"));
    CHECK_NOTHROW(parse_rate(meant));
  }
  for (const auto& [written, meant] :
       {std::pair{"2h", "120min"}, {"5 sec", "5s"}, {"3 msec", "3ms"}, {"10µs", "10us"}}) {
    CAPTURE(written);
    CHECK(said(parse_delay, written).ends_with("; did you mean \"" + std::string(meant) + "\"?"));
    CHECK_NOTHROW(parse_delay(meant));
  }
  CHECK(said(parse_bytes, "2GB").ends_with("; did you mean \"2000MB\"?"));
  CHECK(said(parse_probability, "5") == "\"5\": a probability goes from 0% to 100%; did you mean \"5%\"?");
  CHECK(said(parse_probability, "101") == "\"101\": a probability goes from 0% to 100%");
}

TEST_CASE("a probability is written with nine digits, and never as a power of ten") {
  CHECK(to_text(Probability{0}) == "0%");
  CHECK(to_text(Probability{1}) == "100%");
  CHECK(to_text(Probability{0.01}) == "1%");
  CHECK(to_text(Probability{0.001}) == "0.1%");
  CHECK(to_text(Probability{1e-9}) == "0.0000001%");
  CHECK(to_text(Probability{1.0 / 3}) == "33.3333333%");
  CHECK(to_text(Probability{42949673 / 4294967296.0}) == "1%");  // as near to 1 % as a kernel's scale comes
  CHECK(to_text(Probability{1e-300}).find_first_not_of("0.%") == std::string::npos);
  for (const double value : {0.5, 0.123456789, 1e-4, 2.5e-9, 0.999999999}) {
    CHECK(parse_probability(to_text(Probability{value})).value == doctest::Approx(value).epsilon(1e-8));
  }
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
