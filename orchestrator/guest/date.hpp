// What the wall clock of a guest shows: a date of the user's, and never the host's, or no run would be like another.
#pragma once

#include <cstdint>
#include <string>

namespace segue::guest {

inline constexpr const char* default_date = "2026-01-01";
inline constexpr std::int64_t default_date_s = 1'767'225'600;  // parse_date() says so, and a test

// What was asked for, or the default where nothing was.
inline std::string date_or_default(const std::string& asked) { return asked.empty() ? default_date : asked; }

// "2026-11-28" or "2026-11-28T09:30:00Z", in UTC, from 1971 to 2200; in seconds since 1970. Throws InputError.
std::int64_t parse_date(const std::string& text);

}  // namespace segue::guest
