// The data of a report's page, from the folder that a run or a campaign has left. JSON, as html/model.js reads it:
//
//   {"kind": "run"|"campaign", "segue", "name", "title", "lab", "clock", "links", "seed", "command",
//    "options": [["Handovers", "8 of each run, every 5s"], …], "interrupted",     of a campaign
//    "nodes": [{"name", "role", "address"}],
//    "parameters": [{"name", "unit", "values": [{"text", "number"}]}],          what a campaign sweeps
//    "table": [{"mechanism", "title", "parameters", "completion_s": {"mean", "ci95", "n", "expected"}, …, "reference"}],
//    "runs", "handovers", "throughput", "steps", "links_table": {"columns": [name…], "rows": [[value…]…]},
//    "failed_runs": [{"run", "error"}],
//    "comparisons", "crossings", "losses_on_completion", "route_action_ns"}     as they are in the folder
//
// The same folder gives the same bytes.
#pragma once

#include <filesystem>
#include <string>

namespace segue::report {

// Throws InputError if the folder holds neither a run nor a campaign, and Error naming the file it cannot read.
std::string report_data(const std::filesystem::path& folder);

// Of a folder with a summary.json, and of one with a campaign.json and what orchestrator/campaign/store.hpp says.
std::string run_data(const std::filesystem::path& folder);
std::string campaign_data(const std::filesystem::path& folder);

}  // namespace segue::report
