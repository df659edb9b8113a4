// What there would have been to scrape while runs went on, for runs that were over before anybody could.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "orchestrator/config/topology.hpp"
#include "orchestrator/experiment/worker.hpp"

namespace segue::cli {

class MetricsLog {
 public:
  MetricsLog(const config::Topology& topology, const std::vector<experiment::RunSpec>& runs);

  void handover(std::size_t run, const record::Scorecard& card);
  void sample(std::size_t run, const record::Sample& sample);  // after the handover it follows

  // OpenMetrics text. The runs stand one after another on one line of time that begins where a guest's clock does:
  // what they did side by side, in the order they ended in, is the host's and not theirs.
  std::string text(const std::vector<experiment::RunOutcome>& outcomes) const;

 private:
  struct Moment {
    record::Scorecard card;
    record::Sample sample;
  };
  const config::Topology& topology_;
  const std::vector<experiment::RunSpec>& runs_;
  std::vector<std::vector<Moment>> moments_;  // by run
};

}  // namespace segue::cli
