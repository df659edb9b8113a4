// What is measured of a handover, by name: for the stop rule, crossings and statistics.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "orchestrator/record/result.hpp"

namespace segue::campaign {

enum class Metric : std::uint8_t { completion, lost_uplink, lost_downlink, interruption_uplink, interruption_downlink };

inline constexpr std::array metrics{Metric::completion, Metric::lost_uplink, Metric::lost_downlink,
                                    Metric::interruption_uplink, Metric::interruption_downlink};

std::string_view to_text(Metric metric);  // "completion", "lost-uplink", …
std::optional<Metric> metric_named(std::string_view text);
bool is_time(Metric metric);  // in seconds; a number of packets otherwise

// Only complete handovers have values, and only those of voip other than their completion.
std::optional<double> value_of(Metric metric, std::string_view probe, const record::Scorecard& card);

}  // namespace segue::campaign
