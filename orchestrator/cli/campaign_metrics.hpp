// The metrics of a campaign that is over, from the results it keeps.
#pragma once

#include <filesystem>
#include <string>

namespace segue::cli {

// OpenMetrics text. The label `lab` is the campaign's lab and a cell's values ("prompt links.domain.delay=5ms"): cells
// stand side by side on one line of time, and the runs of one one after another, from where a guest's clock begins. A
// run's packets and links are told of as they were at its end. Throws InputError if there is no campaign, or no run.
std::string campaign_metrics(const std::filesystem::path& folder);

}  // namespace segue::cli
