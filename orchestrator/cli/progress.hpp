// How a run is going, on standard error: one line that changes on a terminal, a line for each event elsewhere.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "orchestrator/lab/worker.hpp"

namespace segue::cli {

class Progress {
 public:
  explicit Progress(bool quiet);

  void line(const std::string& text);
  void begin(const std::vector<lab::RunSpec>& runs, unsigned handovers);
  void started(std::size_t run);
  void handover(std::size_t run, const lab::Scorecard& card);
  void ended(std::size_t run, const lab::RunOutcome& outcome);
  void task(const std::string& what, int percent);  // of something else than runs
  void end();

 private:
  std::string name(std::size_t run) const;
  void redraw();

  bool quiet_;
  bool terminal_;
  std::vector<lab::RunSpec> runs_;
  Instant began_{};
  std::size_t total_ = 0;
  std::size_t done_ = 0;
  std::string last_;
  int last_percent_ = -1;
};

}  // namespace segue::cli
