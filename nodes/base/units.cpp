#include "nodes/base/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

namespace segue {

namespace {

struct Unit {
  std::string_view name;
  double scale;
};

constexpr std::array delay_units{Unit{"ns", 1.0}, Unit{"us", 1e3}, Unit{"ms", 1e6}, Unit{"s", 1e9}, Unit{"min", 60e9}};
constexpr std::array rate_units{Unit{"bit", 1.0},   Unit{"kbit", 1e3},   Unit{"Mbit", 1e6},   Unit{"Gbit", 1e9},
                                Unit{"bit/s", 1.0}, Unit{"kbit/s", 1e3}, Unit{"Mbit/s", 1e6}, Unit{"Gbit/s", 1e9}};
constexpr std::array byte_units{Unit{"", 1.0},       Unit{"B", 1.0},         Unit{"kB", 1e3},          Unit{"MB", 1e6},
                                Unit{"KiB", 1024.0}, Unit{"MiB", 1048576.0}, Unit{"GiB", 1073741824.0}};

struct Number {
  double value;
  std::string_view unit;
};

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  constexpr std::size_t shown = 40;  // a value may be a whole file of rubbish
  throw UnitError(
      fmt::format("\"{}\": {}", text.size() > shown ? std::string(text.substr(0, shown)) + "…" : text, why));
}

Number split(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number.value);
  if (error == std::errc::invalid_argument) refuse(text, "no number at its start");
  if (error == std::errc::result_out_of_range || !std::isfinite(number.value)) refuse(text, "out of range");
  if (number.value < 0 || std::signbit(number.value)) refuse(text, "negative");
  number.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  while (!number.unit.empty() && number.unit.front() == ' ') number.unit.remove_prefix(1);
  return number;
}

std::string names(std::span<const Unit> units) {
  std::string list;
  for (const Unit& unit : units) {
    if (unit.name.empty()) continue;
    if (!list.empty()) list += ", ";
    list += unit.name;
  }
  return list;
}

// The value in the base unit, rounded to a whole number.
std::uint64_t parse(std::string_view text, std::span<const Unit> units) {
  const Number number = split(text);
  for (const Unit& unit : units) {
    if (unit.name != number.unit) continue;
    const double value = std::round(number.value * unit.scale);
    if (value > static_cast<double>(std::numeric_limits<std::int64_t>::max() / 2)) refuse(text, "out of range");
    return static_cast<std::uint64_t>(value);
  }
  if (number.unit.empty()) refuse(text, fmt::format("a unit is missing ({})", names(units)));
  refuse(text, fmt::format("unknown unit ({})", names(units)));
}

}  // namespace

Delay parse_delay(std::string_view text) { return Delay(static_cast<std::int64_t>(parse(text, delay_units))); }

Rate parse_rate(std::string_view text) { return {parse(text, rate_units)}; }

std::uint64_t parse_bytes(std::string_view text) { return parse(text, byte_units); }

Probability parse_probability(std::string_view text) {
  const Number number = split(text);
  double value = number.value;
  if (number.unit == "%") {
    value /= 100;
  } else if (!number.unit.empty()) {
    refuse(text, "unknown unit (%, or none for a fraction of one)");
  }
  if (value > 1) refuse(text, "a probability goes from 0% to 100%");
  return {value};
}

std::string to_text(Delay delay) {
  const auto ns = delay.count();
  const auto magnitude = std::abs(static_cast<double>(ns));
  if (ns == 0) return "0ms";
  if (magnitude < 1e3) return fmt::format("{}ns", ns);
  if (magnitude < 1e6) return fmt::format("{}us", static_cast<double>(ns) / 1e3);
  if (magnitude < 1e9) return fmt::format("{}ms", static_cast<double>(ns) / 1e6);
  return fmt::format("{}s", static_cast<double>(ns) / 1e9);
}

std::string to_text(Rate rate) {
  const auto value = static_cast<double>(rate.bits_per_second);
  if (value < 1e3) return fmt::format("{}bit/s", value);
  if (value < 1e6) return fmt::format("{}kbit/s", value / 1e3);
  if (value < 1e9) return fmt::format("{}Mbit/s", value / 1e6);
  return fmt::format("{}Gbit/s", value / 1e9);
}

std::string to_text(Probability value) { return fmt::format("{}%", value.value * 100); }

}  // namespace segue
