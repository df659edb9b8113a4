// Gathers what the statistics of a campaign need, run by run, and works them out.
//
// Only complete handovers count that are not tainted, of runs that are not; losses and interruptions are voip's. What
// is kept of a handover is five numbers and where it belongs.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/campaign/plan.hpp"
#include "orchestrator/record/result.hpp"
#include "orchestrator/report/statistics.hpp"

namespace segue::campaign {

struct Measured {
  unsigned repetition = 0;
  std::uint32_t slot = 0;
  std::array<double, metrics.size()> values{};  // NaN where there is none
  double retransmissions = 0;
  double messages = 0;
};

struct CellData {
  std::size_t clean = 0;  // runs
  std::size_t not_known = 0;
  std::size_t tainted = 0;
  std::size_t failed = 0;
  std::size_t made = 0;  // handovers, of runs that are not tainted
  std::size_t clean_handovers = 0;
  std::size_t not_known_handovers = 0;
  std::size_t failed_handovers = 0;  // of those in the means
  std::vector<Measured> handovers;
  std::array<report::RunningMean, 3> expected{};  // of these: completion in seconds, lost up, lost down; NaN: unknown
  std::vector<double> between_bps;                // the mean of each run, between its handovers
  double lowest_bps = 0;                          // NaN if there is none
};

// The differences of two mechanisms, b - a, on handovers of one seed and slot.
struct Comparison {
  std::size_t a = 0;  // cells
  std::size_t b = 0;
  std::array<report::Summary, 3> difference;  // completion, lost up, lost down
};

struct CrossingPoint {
  std::size_t cell = 0;                // the first of its row
  std::optional<std::string> largest;  // swept value, as text
  std::optional<double> largest_number;
  std::optional<double> fitted;    // where the straight line through the means meets the limit
  std::optional<double> expected;  // and that through the analysis
};

class Statistics {
 public:
  explicit Statistics(const Plan& plan, bool interrupted = false);

  void add(const RunKey& run, const record::RunResult& result);
  void add_failed(const RunKey& run);

  bool interrupted() const noexcept { return interrupted_; }  // runs are still to come
  const std::vector<CellData>& cells() const noexcept { return cells_; }
  std::vector<double> values(std::size_t cell, Metric metric) const;  // without those there are none of
  std::vector<Comparison> comparisons() const;
  report::Line losses_on_completion() const;
  std::vector<CrossingPoint> crossings() const;
  // Cells that differ in nothing but the probe, by mechanism: the rows of the table.
  std::vector<std::vector<std::size_t>> rows() const;

 private:
  const Plan& plan_;
  bool interrupted_;
  std::vector<CellData> cells_;
};

// What a person reads: the table, and the crossings if the campaign asks for them.
std::string to_text(const Plan& plan, const Statistics& statistics);

// statistics.json; its format is in store.hpp.
std::string to_json(const Plan& plan, const Statistics& statistics);

}  // namespace segue::campaign
