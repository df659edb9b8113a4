// The figures of one way of one handover, a row each: a new one is a member of DirectionScore and a row here. The JSON
// between processes, summary.json and a campaign's tables walk it.
#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "orchestrator/record/result.hpp"

namespace segue::record {

using DirectionMember = std::variant<std::uint64_t DirectionScore::*,  // packets
                                     std::int64_t DirectionScore::*,   // ns
                                     double DirectionScore::*>;        // packets, on average; without end: infinity

struct DirectionField {
  const char* name;   // in JSON and, behind "up_" or "down_", of a column
  const char* group;  // the object it lies in in summary.json, where it is `key`; nullptr: in none, under its name
  const char* key;
  const char* meaning;  // "packets sent in the window of the handover": from or to the mobile
  DirectionMember member;
};

inline constexpr std::array direction_fields{
    DirectionField{"sent", nullptr, nullptr, "packets sent in its window, {}", &DirectionScore::sent},
    DirectionField{"lost", nullptr, nullptr, "packets lost", &DirectionScore::lost},
    DirectionField{"duplicated", nullptr, nullptr, "packets duplicated", &DirectionScore::duplicated},
    DirectionField{"reordered", nullptr, nullptr, "packets overtaken", &DirectionScore::reordered},
    DirectionField{"late", nullptr, nullptr, "packets later than a call can use", &DirectionScore::late},
    DirectionField{"interruption_ns", nullptr, nullptr, "longest gap between arrivals, less the packet interval",
                   &DirectionScore::interruption_ns},
    DirectionField{"expected_lost", nullptr, nullptr, "packets, by the analysis", &DirectionScore::expected_lost},
    DirectionField{"delay_p50_ns", "one_way_delay_ns", "p50", "one-way delay, median", &DirectionScore::delay_p50_ns},
    DirectionField{"delay_max_ns", "one_way_delay_ns", "max", "one-way delay, largest", &DirectionScore::delay_max_ns}};

}  // namespace segue::record
