// The evaluation of some runs: the table that answers the question they were made for, beside what was expected.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/record/explanation.hpp"
#include "orchestrator/record/result.hpp"
#include "orchestrator/report/statistics.hpp"

namespace segue::report {

// A measured mean beside the figure of the analysis and that of the literature. NaN where there is none.
struct Cell {
  Summary measured;
  double expected = 0;
  double reference = 0;
  double reference_error = 0;
};

// One of record::analysed_figures, as means over the handovers of a mechanism's calls. Packets, or milliseconds.
struct Beside {
  const char* name;
  const char* direction;  // "up", "down"
  const char* unit;       // "", "ms"
  double measured = 0;    // NaN: nothing was
  double expected = 0;
};

struct Row {
  std::string mechanism;
  std::string title;
  Cell completion_s;         // the later of both directions
  Cell completion_uplink_s;  // where a mechanism has no step for each, all three are the same
  Cell completion_downlink_s;
  Cell lost_uplink;  // packets per handover
  Cell lost_downlink;
  std::vector<Beside> beside;  // every figure of both directions; none without a call
  std::size_t handovers = 0;   // made, whatever came of them
  std::size_t clean = 0;
  std::size_t not_known = 0;  // what disturbed them: they are in the means
  std::size_t tainted = 0;    // which are in no mean
  std::size_t failed = 0;     // of those that are not tainted
};

struct Throughput {
  std::string mechanism;
  std::string probe;
  Summary between_bps;    // bins that no handover touches
  double lowest_bps = 0;  // of the bins that one touches, and no tainted one
};

struct Node {
  std::string name;
  std::string role;
  std::string address;
};

struct Evaluation {
  std::string lab;
  std::string title;
  std::string command;  // that does it again
  std::vector<Node> nodes;
  std::string clock = "real";
  std::string links;
  std::uint64_t seed = 0;
  std::int64_t wall_ns = 0;        // on the machine that ran it, from the first run to the last
  bool repeatable = false;         // the same bytes every time: to_json() says 0 for wall_ns, and wall.json has it
  std::int64_t experiment_ns = 0;  // of all runs together
  std::vector<record::RunResult> runs;
  std::vector<std::string> failed_runs;           // "mechanism, probe: why"
  std::vector<std::string> left_out;              // by the analysis, of what this lab has: disagreement.hpp
  std::vector<record::Explanation> explanations;  // of gaps, a mechanism each; none if nobody asked

  std::vector<Row> table;
  std::vector<std::string> dead_ends;      // outages without end, by the analysis: "mechanism: why"
  std::vector<std::string> disagreements;  // of measurement and analysis, a sentence each
  std::vector<Throughput> throughput;
  Line losses_on_completion;  // downlink losses over completion in seconds (the paper's section 5)
  Summary route_action_netlink_ns;
  Summary route_action_command_ns;  // by mechanisms that use `ip`
};

// Fills in what follows from `runs`. Mechanisms in the order given.
void evaluate(Evaluation& evaluation, const std::vector<config::Mechanism>& mechanisms);

// Whether handovers were made and every one of them failed.
bool none_completed(const record::RunResult& run);

// The contract: summary.json.
std::string to_json(const Evaluation& evaluation);

// What a person reads.
std::string to_text(const Evaluation& evaluation);

}  // namespace segue::report
