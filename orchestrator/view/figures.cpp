#include "orchestrator/view/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace segue::view {

std::string milliseconds(std::int64_t ns) {
  constexpr std::int64_t long_ns = 10'000'000'000;
  if (ns >= long_ns) return fmt::format("{:.1f} s", static_cast<double>(ns) / 1e9);
  return fmt::format("{:.1f} ms", static_cast<double>(ns) / 1e6);
}

std::string bits_text(double bits_per_second) {
  constexpr std::array units = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s"};
  std::size_t unit = 0;
  double value = std::isfinite(bits_per_second) ? std::max(bits_per_second, 0.0) : 0.0;
  for (; value >= 999.5 && unit + 1 < units.size(); ++unit) value /= 1000;
  const int decimals = unit == 0 || value >= 99.95 ? 0 : 1;
  return fmt::format("{:.{}f} {}", value, decimals, units[unit]);
}

std::string age_text(std::int64_t ns) {
  const std::int64_t seconds = std::max<std::int64_t>(ns, 0) / 1'000'000'000;
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 120 * 60) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} h", seconds / 3600);
}

Span within_goal(std::int64_t ns) { return {milliseconds(ns), ns <= goal_ns ? Style::good : Style::warning}; }

Span count_of_bad(std::uint64_t count) { return {fmt::format("{}", count), count == 0 ? Style::dim : Style::warning}; }

Span mos(double value) {
  constexpr double satisfied = 4.03;         // R 80
  constexpr double some_dissatisfied = 3.6;  // R 70
  if (value <= 0) return {"-", Style::dim};
  const auto style = value >= satisfied ? Style::good : value >= some_dissatisfied ? Style::warning : Style::bad;
  return {fmt::format("{:.2f}", value), style};
}

std::vector<std::string> sparkline(const std::vector<double>& values, int columns, int rows) {
  constexpr std::array blocks = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::vector<std::string> lines(static_cast<std::size_t>(std::max(rows, 0)));
  const auto shown = std::min(values.size(), static_cast<std::size_t>(std::max(columns, 0)));
  const auto last = std::span(values).last(shown);
  const double largest = last.empty() ? 0 : *std::max_element(last.begin(), last.end());
  for (const double value : last) {
    const double share = largest > 0 ? std::clamp(value / largest, 0.0, 1.0) : 0.0;
    int eighths = std::max(static_cast<int>(std::ceil(share * rows * 8 - 1e-9)), 1);
    for (std::size_t row = lines.size(); row-- > 0;) {
      lines[row] += blocks[static_cast<std::size_t>(std::clamp(eighths, 0, 8))];
      eighths -= 8;
    }
  }
  return lines;
}

std::string bar(unsigned done, unsigned of, int columns) {
  const double share = of == 0 ? 0 : std::min(static_cast<double>(done) / of, 1.0);
  const int full = static_cast<int>(std::lround(share * columns));
  std::string text;
  for (int i = 0; i < columns; ++i) text += i < full ? "█" : "░";
  return text;
}

}  // namespace segue::view
