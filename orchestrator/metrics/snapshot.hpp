// What a registry holds, in words of our own. Internal to this folder.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "orchestrator/metrics/metrics.hpp"

namespace segue::metrics {

std::vector<Snapshot> snapshot_of(const std::vector<prometheus::MetricFamily>& families);

}  // namespace segue::metrics
