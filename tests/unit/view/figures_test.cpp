#include "orchestrator/view/figures.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

using namespace segue::view;

TEST_CASE("a sparkline is scaled to its largest value") {
  CHECK(sparkline({1, 2, 3, 4, 5, 6, 7, 8}, 8) == std::vector<std::string>{"▁▂▃▄▅▆▇█"});
  CHECK(sparkline({100, 200, 800}, 8) == std::vector<std::string>{"▁▂█"});
  CHECK(sparkline({0, 0}, 8) == std::vector<std::string>{"▁▁"});
  CHECK(sparkline({5, -1, 0.001}, 8) == std::vector<std::string>{"█▁▁"});
}

TEST_CASE("a sparkline shows its last values, and its scale is theirs") {
  CHECK(sparkline({1000, 1, 2, 4}, 3) == std::vector<std::string>{"▂▄█"});
  CHECK(sparkline({1}, 0) == std::vector<std::string>{""});
  CHECK(sparkline({}, 5) == std::vector<std::string>{""});
}

TEST_CASE("a sparkline of several rows grows from the lowest") {
  CHECK(sparkline({1, 8, 12, 16, 0}, 8, 2) == std::vector<std::string>{"  ▄█ ", "▁███▁"});
}

TEST_CASE("rates have three digits or so, and their unit") {
  CHECK(bits_text(0) == "0 bit/s");
  CHECK(bits_text(999) == "999 bit/s");
  CHECK(bits_text(1000) == "1.0 kbit/s");
  CHECK(bits_text(23'400'000) == "23.4 Mbit/s");
  CHECK(bits_text(999'960) == "1.0 Mbit/s");
  CHECK(bits_text(250e6) == "250 Mbit/s");
  CHECK(bits_text(5e12) == "5000 Gbit/s");
  CHECK(bits_text(std::numeric_limits<double>::quiet_NaN()) == "0 bit/s");
}

TEST_CASE("times are in milliseconds while they are short, ages in whole units") {
  CHECK(milliseconds(48'412'000) == "48.4 ms");
  CHECK(milliseconds(1'853'400'000) == "1853.4 ms");
  CHECK(milliseconds(12'340'000'000) == "12.3 s");
  CHECK(age_text(900'000'000) == "0 s");
  CHECK(age_text(119'000'000'000) == "119 s");
  CHECK(age_text(120'000'000'000) == "2 min");
  CHECK(age_text(3 * 3'600'000'000'000) == "3 h");
}

TEST_CASE("fifty milliseconds are the goal, and reach it") {
  CHECK(within_goal(50'000'000).style == Style::good);
  CHECK(within_goal(50'000'001).style == Style::warning);
  CHECK(count_of_bad(0).style == Style::dim);
  CHECK(count_of_bad(1).style == Style::warning);
}

TEST_CASE("a mean opinion score has the colour of its class") {
  CHECK(mos(4.35).text == "4.35");
  CHECK(mos(4.35).style == Style::good);
  CHECK(mos(3.7).style == Style::warning);
  CHECK(mos(3.5).style == Style::bad);
  CHECK(mos(0).text == "-");
}

TEST_CASE("a bar is as long as what is done") {
  CHECK(bar(0, 8, 4) == "░░░░");
  CHECK(bar(4, 8, 4) == "██░░");
  CHECK(bar(9, 8, 4) == "████");
  CHECK(bar(0, 0, 2) == "░░");
}
