// JSON that several documents have in common; keys in the order they are put in, since people read them too.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/report/statistics.hpp"

namespace segue::report {

using Json = nlohmann::ordered_json;

// Throws Error naming the file.
Json read_json(const std::filesystem::path& file);

Json number(double value);  // null if it is none
Json number(std::optional<double> value);

// {"n", "slope_per_s", "slope_ci95", "intercept", "intercept_ci95", "r2"}: losses on completion.
Json regression_json(const Line& line);

// {"completion_s": {"mean", "error"}, "lost_uplink", "lost_downlink"}: what has been published of a mechanism.
Json reference_json(const config::Reference& reference);

// A table of the page's, without rows.
Json table_of(const std::vector<std::string>& columns);

// The columns of the page's table of links.
std::vector<std::string> link_columns();

// The columns of the page's table of handovers, but for those of what a campaign sweeps.
std::vector<std::string> handover_columns();

}  // namespace segue::report
