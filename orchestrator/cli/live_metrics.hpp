// What workers report, as Prometheus metrics of this process.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/experiment/run.hpp"
#include "orchestrator/metrics/metrics.hpp"
#include "orchestrator/record/result.hpp"

namespace segue::cli {

double unix_time();  // now, in seconds

class LiveMetrics {
 public:
  explicit LiveMetrics(const std::string& lab);  // does not listen
  LiveMetrics(const std::string& listen, const std::string& lab);

  std::string address() const { return metrics_.address(); }
  std::vector<metrics::Snapshot> snapshot() const { return metrics_.snapshot(); }
  // `measured`: a probe counted its packets. `ended`: Unix time, in seconds.
  void handover(const std::string& mechanism, bool measured, const record::Scorecard& card, double ended);
  // Of one lab of several side by side, by its number. "": no mechanism was in use.
  void sample(std::size_t lab, const std::string& mechanism, const record::Sample& sample);

 private:
  void call(const std::string& mechanism, const record::Sample& sample);

  metrics::Metrics metrics_;
};

}  // namespace segue::cli
