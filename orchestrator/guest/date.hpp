// What the wall clock of a guest shows: a date of the user's, and never the host's, or no run would be like another.
#pragma once

#include <cstdint>
#include <string>

namespace segue::guest {

inline constexpr const char* default_date = "2026-01-01";

// "2026-11-28" or "2026-11-28T09:30:00Z", in UTC, from 1971 to 2200; in seconds since 1970. Throws InputError.
std::int64_t parse_date(const std::string& text);

}  // namespace segue::guest
