// What a campaign will do: its cells, and the runs of each.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/campaign/campaign.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/topology.hpp"
#include "orchestrator/experiment/run.hpp"

namespace segue::campaign {

// One combination of a mechanism, a probe and a value of every parameter.
struct Cell {
  std::size_t mechanism = 0;  // in Plan::mechanisms
  experiment::Probe probe = experiment::Probe::voip;
  Delay interval{0};
  std::vector<std::string> values;  // of the parameters, as the file has them
  config::Overrides overrides;
  config::Overrides mechanism_overrides;
};

// A run, by its place in the matrix. `attempt` counts the tainted runs before it.
struct RunKey {
  std::size_t cell = 0;
  unsigned repetition = 1;
  unsigned attempt = 0;
  bool last = true;  // false: tainted, and repeated
  friend auto operator<=>(const RunKey&, const RunKey&) = default;
};

// A run that left no result.
struct FailedRun {
  RunKey run;
  std::string error;
};

struct Plan {
  Campaign campaign;
  std::string clock = "virtual";
  std::string kernel;         // what the runs' kernel is called
  std::string iperf;          // and which iperf they use; empty without one
  std::string memory;         // of each guest; empty on the real clock
  std::string date;           // of their clocks, if it was asked for
  config::Topology topology;  // without overrides
  std::vector<config::Mechanism> mechanisms;
  std::vector<experiment::Probe> probes;
  std::vector<std::string> parameters;  // names, in the order of the file
  std::vector<Cell> cells;
  std::vector<std::string> warnings;  // each once, of whatever cell
};

// The matrix, in the order of the file: mechanisms vary slowest, the last axis fastest. Every cell's topology and
// mechanism are read once, so what a value breaks is said now. Throws InputError with all that is wrong.
Plan make_plan(Campaign campaign);

experiment::RunSpec spec_of(const Plan& plan, const RunKey& run);
std::uint64_t seed_of(const Plan& plan, const RunKey& run);

std::string to_text(const RunKey& run);                    // "c003-r02", "c003-r02-t1"
std::optional<RunKey> run_named(std::string_view text);    // the way back
std::string describe(const Plan& plan, std::size_t cell);  // "prompt-scheduled, voip, links.domain.delay 5ms"

// In the order they are to begin: shuffled by the campaign's seed, or as they are.
void put_in_order(const Plan& plan, std::vector<RunKey>& runs);

// A value as a number in its unit ("s", "bit/s", "bytes", "1" or ""), if the text is one.
struct Quantity {
  std::optional<double> number;
  std::string unit;
};
Quantity quantity_of(std::string_view parameter, const std::string& text);

}  // namespace segue::campaign
