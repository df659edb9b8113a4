// Metrics over a span of time as OpenMetrics text (prometheus/OpenMetrics, version 1.0), for
// `promtool tsdb create-blocks-from openmetrics`: the same names and labels as a scrape, each value with its time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/metrics/metrics.hpp"

namespace segue::report {

class OpenMetrics {
 public:
  // All there is at `time_ns` since 1970, not before what was added last. A value that stays is written every 15 s,
  // well inside what a dashboard's rates look at and the five minutes after which Prometheus takes a series for ended.
  void add(std::int64_t time_ns, const std::vector<metrics::Snapshot>& snapshots);

  // Families by name; in each, the series, each with its points in the order of time, as the format wants them.
  std::string text() const;

 private:
  struct Point {
    std::int64_t time_ns = 0;
    double value = 0;
  };
  struct Family {
    std::string type;
    std::string help;
    std::vector<std::pair<std::string, std::vector<Point>>> series;  // in the order they came in
    std::map<std::string, std::size_t> index;
  };
  std::map<std::string, Family> families_;
};

}  // namespace segue::report
