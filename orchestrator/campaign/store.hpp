// What a campaign leaves: files anyone can load, and that say what they hold.
//
//   campaign.json            what was asked, resolved: written first, and never changed. It tells this campaign from
//                            others
//   runs/<run>/result.json   one run, as record::result_from_json() reads it; a folder is whole or not there. <run> is
//                            "c003-r02": cell 3, repetition 2; a tainted attempt that was repeated has "-t1" after it
//   runs.csv, handovers.csv, throughput.csv, steps.csv, links.csv
//                            tidy: a row an observation, a column a variable
//   campaign.sqlite          the same tables under the same names, columns and order
//   statistics.json          means, intervals, quantiles, comparisons, regression, crossings (below)
//   README.md                the data dictionary: every column with its unit
//   wall.json                wall times of this machine: the one file that differs when a campaign is repeated in
//                            virtual time
//   lab/<lab>/               the topology.toml, mechanisms/ and the campaign's own file, as they were read
//
// An interrupted campaign has them too, made from the runs that there are.
//
// campaign.json:
//   {"segue": "0.1.0", "campaign": "table2", "title": "…", "lab": "prompt", "clock": "virtual", "links": "auto",
//    "kernel": "…", "iperf": "iperf version 2.1.8 …" or "", "memory": "256M" or "", "date": "…" if one was
//    asked for, "repeat": "segue campaign lab/…", "seed": 1, "order": "random", "handovers": 8, "repetitions": 1, "timeout_ns": …,
//    "stop": {"until": "ci95 < 2%", "below": 0.02, "relative": true, "of": ["completion"], "at_least": 3,
//             "at_most": 30} or null,
//    "crossing": {"of": "completion", "limit": 0.05, "along": "links.domain.delay"} or null,
//    "mechanisms": [{"name", "title", "order", "complete": "<step>", "routes_by": "netlink"|"command",
//                    "reference": {"completion_s": {"mean", "error"}, "lost_uplink": …, "lost_downlink": …, "source"},
//                    "start": [{"at", "route"}],
//                    "steps": [{"name", "from", "to", "message", "layer", "via", "delay_ns", "timeout_ns", "retries",
//                               "after": ["<step>"], "routes": ["via new"], "execute"}]}],
//    "probes": ["voip"],
//    "parameters": [{"name": "links.domain.delay", "unit": "s"|"bit/s"|"1"|"bytes"|"",
//                    "values": [{"text": "5ms", "number": 0.005}]}],
//    "topology": {"name", "title", "nodes": [{"name", "role", "address"}],
//                 "links": [{"name", "a", "b", "mtu", "a_to_b": "delay 10ms", "b_to_a": "…", "delay_ns"}]},
//    "cells": [{"cell": 0, "mechanism", "probe", "handovers", "interval_ns",
//               "parameters": {"links.domain.delay": "5ms"}, "overrides": [["links.map-ar1.delay", "5ms"]],
//               "mechanism_overrides": [["delay", "1ms"]]}]}
// "number" is in "unit"; null where the text is no quantity. "parameters" is empty without a sweep.
//
// statistics.json (numbers are null where undefined; a summary is
//   {"n", "mean", "ci95", "sd", "median", "min", "max", "q05", "q25", "q75", "q95"}):
//   {"interrupted": whether runs are still to come,
//    "cells": [{"cell", "mechanism", "probe", "parameters": {…},
//               "runs": {"clean", "tainted", "not_known", "failed"},
//               "handovers": {"complete", "failed", "made", "clean", "not_known"}: of runs that are not tainted,
//               "stopped": "precise"|"cap"|"repetitions"|"interrupted",
//               "completion_s": summary, "lost_uplink": summary, "lost_downlink": summary,
//               "interruption_uplink_s": summary, "interruption_downlink_s": summary, "retransmissions": summary,
//               "messages": summary, "expected": {"completion_s", "lost_uplink", "lost_downlink"},
//               "throughput": {"between_handovers_bits_per_second": summary, "lowest_bits_per_second"}
//                             for iperf probes}],
//    "table": [{"mechanism", "title", "parameters", "completion_s": summary, "lost_uplink": summary,
//               "lost_downlink": summary, "retransmissions": summary, "handovers": as above, "expected": {…},
//               "reference": {…}}]   over all probes, by mechanism and parameters
//    "comparisons": [{"a", "b", "probe", "parameters", "pairs", "completion_s": summary of b - a,
//                     "lost_uplink": …, "lost_downlink": …}]   paired by seed and slot of the handover
//    "losses_on_completion": {"n", "slope_per_s", "slope_ci95", "intercept", "intercept_ci95", "r2"},
//    "crossings": [{"mechanism", "probe", "parameters", "largest": {"text", "number"} or null,
//                   "fitted": number or null, "expected": likewise, of the analysis}]}
// Of losses, only voip handovers count; of everything, only complete handovers that are not tainted, of such runs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/campaign/plan.hpp"
#include "orchestrator/campaign/statistics.hpp"

namespace segue::campaign {

class CampaignFolder;

// Copies the files that a campaign is made from into `lab/`: its lab, the mechanisms it names, itself. Its runs take the
// lab from there, so that what is kept is what was run, whatever becomes of the files meanwhile. Throws Error.
void copy_inputs(const Plan& plan, const CampaignFolder& folder);
std::filesystem::path lab_copy(const Plan& plan, const CampaignFolder& folder);

// Writes all but campaign.json, lab/, the runs and wall.json. Reads the runs one by one: memory does not grow with their
// number. In order of cell, repetition, attempt. Each file is whole or is not there. Throws Error naming the file.
// Returns what statistics.json was written from; it refers to the plan.
// `interrupted`: there are runs to come, which statistics.json and README.md say too.
Statistics write_store(const Plan& plan, const CampaignFolder& folder, const std::vector<FailedRun>& failed,
                       bool interrupted = false);

// One column of a table of the store: its SQL type ("TEXT", "INTEGER" or "REAL"), and what it says.
struct Column {
  std::string name;
  std::string type;
  std::string meaning;
};

struct TableShape {
  std::string name;
  std::string meaning;
  std::vector<Column> columns;
};

// runs, handovers, throughput, steps, links; each begins with the columns that say which run a row is of:
// run, cell, repetition, attempt, seed, mechanism, probe, and one for each parameter of the campaign, by its dotted
// name.
std::vector<TableShape> table_shapes(const Plan& plan);

// README.md.
std::string dictionary(const Plan& plan, bool interrupted = false);

}  // namespace segue::campaign
