#include "orchestrator/guest/date.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>

#include "nodes/base/error.hpp"

namespace segue::guest {

namespace {

// Takes `digits` of them off the front of `text`, and `mark` behind them unless it is NUL.
std::optional<unsigned> take(std::string_view& text, std::size_t digits, char mark) {
  const std::size_t size = digits + (mark != '\0' ? 1 : 0);
  if (text.size() < size || (mark != '\0' && text[digits] != mark)) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc{} || end != text.data() + digits) return std::nullopt;
  text.remove_prefix(size);
  return value;
}

std::optional<std::chrono::sys_days> take_day(std::string_view& text) {
  const auto year = take(text, 4, '-');
  const auto month = year ? take(text, 2, '-') : std::nullopt;
  const auto day = month ? take(text, 2, '\0') : std::nullopt;
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                         std::chrono::day(*day)};
  if (!date.ok() || *year < 1971 || *year > 2200) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<std::chrono::seconds> take_time(std::string_view& text) {
  if (text.empty()) return std::chrono::seconds(0);
  if (text.front() != 'T') return std::nullopt;
  text.remove_prefix(1);
  const auto hours = take(text, 2, ':');
  const auto minutes = hours ? take(text, 2, ':') : std::nullopt;
  const auto seconds = minutes ? take(text, 2, 'Z') : std::nullopt;
  if (!seconds || *hours > 23 || *minutes > 59 || *seconds > 59) return std::nullopt;
  return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) + std::chrono::seconds(*seconds);
}

}  // namespace

std::int64_t parse_date(const std::string& text) {
  std::string_view left = text;
  const auto day = take_day(left);
  const auto time = day ? take_time(left) : std::nullopt;
  if (!time || !left.empty()) {
    throw InputError(fmt::format(
        "--date \"{}\": not a day from 1971 to 2200 like 2026-11-28, or a moment like 2026-11-28T09:30:00Z", text));
  }
  return (day->time_since_epoch() + *time) / std::chrono::seconds(1);
}

}  // namespace segue::guest
