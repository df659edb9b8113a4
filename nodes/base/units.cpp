#include "nodes/base/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

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

// What people write for a unit that has another name here.
struct Alias {
  std::string_view written;
  double factor;
  std::string_view unit;
};

constexpr std::array delay_aliases{
    Alias{"h", 60, "min"},     Alias{"hr", 60, "min"},    Alias{"hour", 60, "min"},  Alias{"hours", 60, "min"},
    Alias{"m", 1, "min"},      Alias{"mins", 1, "min"},   Alias{"minute", 1, "min"}, Alias{"minutes", 1, "min"},
    Alias{"sec", 1, "s"},      Alias{"secs", 1, "s"},     Alias{"second", 1, "s"},   Alias{"seconds", 1, "s"},
    Alias{"msec", 1, "ms"},    Alias{"msecs", 1, "ms"},   Alias{"usec", 1, "us"},    Alias{"usecs", 1, "us"},
    Alias{"\u00b5s", 1, "us"}, Alias{"\u03bcs", 1, "us"}, Alias{"nsec", 1, "ns"}};
constexpr std::array byte_aliases{Alias{"KB", 1, "kB"},    Alias{"k", 1, "kB"},   Alias{"K", 1, "KiB"},
                                  Alias{"M", 1, "MiB"},    Alias{"mb", 1, "MB"},  Alias{"G", 1, "GiB"},
                                  Alias{"GB", 1000, "MB"}, Alias{"bytes", 1, "B"}};
// After "k", "M" or "G", if there is one of them. A capital B is a byte.
constexpr std::array rate_aliases{Alias{"b", 1, "bit"},     Alias{"bps", 1, "bit"},  Alias{"b/s", 1, "bit"},
                                  Alias{"bit", 1, "bit"},   Alias{"bits", 1, "bit"}, Alias{"bits/s", 1, "bit"},
                                  Alias{"bit/s", 1, "bit"}, Alias{"", 1, "bit"},     Alias{"B", 8, "bit"},
                                  Alias{"Bps", 8, "bit"},   Alias{"B/s", 8, "bit"},  Alias{"Bit", 1, "bit"}};

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

std::string meant(const Number& number, std::span<const Alias> aliases, std::string_view prefix = {}) {
  for (const Alias& alias : aliases) {
    if (alias.written == number.unit)
      return fmt::format("; did you mean \"{}{}{}\"?", number.value * alias.factor, prefix, alias.unit);
  }
  return {};
}

std::string meant_as_delay(const Number& number) { return meant(number, delay_aliases); }
std::string meant_as_bytes(const Number& number) { return meant(number, byte_aliases); }

std::string meant_as_rate(const Number& number) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> prefixes{
      {{"kK", "k"}, {"Mm", "M"}, {"Gg", "G"}}};
  for (const auto& [letters, prefix] : prefixes) {
    if (letters.find(number.unit.front()) != std::string_view::npos)
      return meant({number.value, number.unit.substr(1)}, rate_aliases, prefix);
  }
  return meant(number, rate_aliases);
}

// The value in the base unit, rounded to a whole number.
std::uint64_t parse(std::string_view text, std::span<const Unit> units, std::string (*meant)(const Number&)) {
  const Number number = split(text);
  for (const Unit& unit : units) {
    if (unit.name != number.unit) continue;
    const double value = std::round(number.value * unit.scale);
    if (value > static_cast<double>(std::numeric_limits<std::int64_t>::max() / 2)) refuse(text, "out of range");
    return static_cast<std::uint64_t>(value);
  }
  if (number.unit.empty()) refuse(text, fmt::format("a unit is missing ({})", names(units)));
  refuse(text, fmt::format("unknown unit ({}){}", names(units), meant(number)));
}

}  // namespace

Delay parse_delay(std::string_view text) {
  return Delay(static_cast<std::int64_t>(parse(text, delay_units, meant_as_delay)));
}

Rate parse_rate(std::string_view text) { return {parse(text, rate_units, meant_as_rate)}; }

std::uint64_t parse_bytes(std::string_view text) { return parse(text, byte_units, meant_as_bytes); }

Probability parse_probability(std::string_view text) {
  const Number number = split(text);
  double value = number.value;
  if (number.unit == "%") {
    value /= 100;
  } else if (!number.unit.empty()) {
    refuse(text, "unknown unit (%, or none for a fraction of one)");
  } else if (value > 1 && value <= 100) {
    refuse(text, fmt::format("a probability goes from 0% to 100%; did you mean \"{}%\"?", value));
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

// Nine digits tell apart all that a kernel keeps of a probability, and no power of ten is read at a glance.
std::string to_text(Probability value) {
  constexpr int digits = 9;
  constexpr int most_decimals = 20;
  const double percent = value.value * 100;
  if (!(percent > 0)) return "0%";
  const int decimals = std::clamp(digits - 1 - static_cast<int>(std::floor(std::log10(percent))), 0, most_decimals);
  std::string text = fmt::format("{:.{}f}", percent, decimals);
  if (decimals > 0) text.resize(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + '%';
}

}  // namespace segue
