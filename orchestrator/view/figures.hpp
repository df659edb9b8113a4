// Numbers as a live view shows them: few digits, with their unit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/view/grid.hpp"

namespace segue::view {

// What a handover may take before a call suffers (section 1 of the paper).
inline constexpr std::int64_t goal_ns = 50'000'000;

std::string milliseconds(std::int64_t ns);      // "48.4 ms"; from ten seconds on "12.3 s"
std::string bits_text(double bits_per_second);  // "23.4 Mbit/s"
std::string age_text(std::int64_t ns);          // "3 s", "2 min", "5 h"

Span within_goal(std::int64_t ns);  // good up to the goal, a warning above it
Span count_of_bad(std::uint64_t count);
Span mos(double value);  // by the classes of ITU-T G.107, annex B

// Columns of eighths of a row, one a value, against the largest of them; the last `columns` values. From the top row
// down; a value of nothing still shows its lowest eighth.
std::vector<std::string> sparkline(const std::vector<double>& values, int columns, int rows = 1);

std::string bar(unsigned done, unsigned of, int columns);

}  // namespace segue::view
