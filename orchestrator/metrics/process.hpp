// What the exporting process itself uses, under the names that Prometheus's client libraries give it.
//
// Memory, descriptors and processor time, read from /proc/self at each scrape; what cannot be read is left out.
// Internal to this folder.
#pragma once

#include <prometheus/collectable.h>

#include <vector>

namespace segue::metrics {

class ProcessCollector : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace segue::metrics
