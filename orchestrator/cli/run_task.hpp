// What `segue run` has to do, and the two ways to do it: on this machine's kernel in real time, or in guests in virtual
// time. The rest of the verb does not know which was taken.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/cli/progress.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/topology.hpp"
#include "orchestrator/experiment/worker.hpp"

namespace segue::cli {

// What `run --strict` ends with where measurement and analysis disagree.
inline constexpr int disagreement_exit_code = 4;

struct RunOptions {
  std::string lab;
  std::vector<std::string> mechanisms;
  std::vector<std::string> probes;
  std::string family = "6";
  unsigned handovers = 8;
  std::string interval;
  std::string clock = "real";
  std::string links = "auto";
  std::uint64_t seed = 1;
  std::string out;
  std::string metrics = "127.0.0.1:9464";
  unsigned jobs = 0;
  std::string memory = "256M";
  std::string date;  // of the guests' clocks; "": guest::default_date
  std::string timeout = "1800s";
  bool json = false;
  bool strict = false;   // a disagreement of measurement and analysis is a failure
  bool explain = false;  // where the gaps went
};

struct RunTask {
  const config::Topology& topology;
  const std::vector<config::Mechanism>& mechanisms;
  const std::vector<experiment::RunSpec>& runs;
  Progress& progress;
};

struct Performance {
  std::vector<experiment::RunOutcome> outcomes;
  Delay wall{0};
  bool interrupted = false;  // what was not under way then is missing
  bool repeatable = false;   // the same bytes every time: the wall time has to stay out of them
  std::string open_metrics;  // what there was to scrape; empty if it was served while it happened
};

struct ClockWay {
  const char* name;
  // Throws MachineError, with what to do, if this machine cannot.
  void (*require)(const RunOptions& options, const RunTask& task);
  Performance (*perform)(const RunOptions& options, const RunTask& task);
};

extern const ClockWay real_clock;
extern const ClockWay virtual_clock;

const ClockWay& parse_clock(const std::string& text);  // throws InputError

}  // namespace segue::cli
