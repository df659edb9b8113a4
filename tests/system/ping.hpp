// What ping (iputils) says.
#pragma once

#include <doctest/doctest.h>

#include <regex>
#include <string>

namespace segue::test {

struct Ping {
  int sent = 0;
  int received = 0;
  double min_ms = 0;
  double mean_ms = 0;
  double max_ms = 0;
};

inline Ping ping_of(const std::string& output) {
  static const std::regex counts(R"((\d+) packets transmitted, (\d+) received)");
  static const std::regex times(R"(= ([\d.]+)/([\d.]+)/([\d.]+)/[\d.]+ ms)");
  std::smatch found;
  Ping ping;
  INFO(output);
  REQUIRE(std::regex_search(output, found, counts));
  ping.sent = std::stoi(found[1]);
  ping.received = std::stoi(found[2]);
  if (std::regex_search(output, found, times)) {
    ping.min_ms = std::stod(found[1]);
    ping.mean_ms = std::stod(found[2]);
    ping.max_ms = std::stod(found[3]);
  }
  return ping;
}

}  // namespace segue::test
