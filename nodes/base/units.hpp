// Quantities with their units in the type, and their text forms.
//
// parse_* throw UnitError, whose text is the end of a sentence the caller begins: `"10 parsecs": unknown unit (ns, us,
// ms, s)`, and what may be meant where others write a unit so ("1Mbps", "2h"). They accept a decimal number, optional
// white space, and a unit; negative, infinite and overflowing values are refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "nodes/base/clock.hpp"
#include "nodes/base/error.hpp"

namespace segue {

struct UnitError : InputError {
  using InputError::InputError;
};

struct Rate {
  std::uint64_t bits_per_second = 0;  // 0: no limit
  friend bool operator==(const Rate&, const Rate&) = default;
};

struct Probability {
  double value = 0.0;  // 0 to 1
  friend bool operator==(const Probability&, const Probability&) = default;
};

Delay parse_delay(std::string_view text);              // "0.1ms", "937500ns", "2 s", "1min"
Rate parse_rate(std::string_view text);                // "5Mbit", "1.5 Gbit/s", "64kbit", "100bit"; SI steps of 1000
Probability parse_probability(std::string_view text);  // "1%", "0.01"
std::uint64_t parse_bytes(std::string_view text);      // "32KiB", "1MB", "1500", "1500B"

std::string to_text(Delay delay);        // shortest exact form in ns, us, ms or s: "10ms", "937.5us"
std::string to_text(Rate rate);          // "5Mbit/s"
std::string to_text(Probability value);  // "1%", "0.0000001%"; nine digits

}  // namespace segue
