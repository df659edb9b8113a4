// What workers report, as Prometheus metrics of this process.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/lab/result.hpp"
#include "orchestrator/lab/run.hpp"
#include "orchestrator/metrics/metrics.hpp"

namespace segue::cli {

class LiveMetrics {
 public:
  explicit LiveMetrics(const std::string& lab);  // does not listen
  LiveMetrics(const std::string& listen, const std::string& lab);

  std::string address() const { return metrics_.address(); }
  std::vector<metrics::Snapshot> snapshot() const { return metrics_.snapshot(); }
  void handover(const std::string& mechanism, bool measured, const lab::Scorecard& card);
  void sample(const std::string& mechanism, const std::string& mobile, const std::string& probe,
              const lab::Sample& sample);

 private:
  metrics::Metrics metrics_;
};

}  // namespace segue::cli
