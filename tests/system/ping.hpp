// What ping (iputils) says.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "tests/system/pattern.hpp"

namespace segue::test {

struct Ping {
  int sent = 0;
  int received = 0;
  double min_ms = 0;
  double mean_ms = 0;
  double max_ms = 0;
};

inline Ping ping_of(const std::string& output) {
  const auto counts = first_match_of(R"((\d+) packets transmitted, (\d+) received)", output);
  const auto times = first_match_of(R"(= ([\d.]+)/([\d.]+)/([\d.]+)/[\d.]+ ms)", output);
  Ping ping;
  INFO(output);
  REQUIRE_FALSE(counts.empty());
  ping.sent = std::stoi(counts[1]);
  ping.received = std::stoi(counts[2]);
  if (!times.empty()) {
    ping.min_ms = std::stod(times[1]);
    ping.mean_ms = std::stod(times[2]);
    ping.max_ms = std::stod(times[3]);
  }
  return ping;
}

}  // namespace segue::test
