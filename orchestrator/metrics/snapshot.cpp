#include "orchestrator/metrics/snapshot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

namespace segue::metrics {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || c == '"') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result;
}

// `extra` is a label that is already text, or empty.
std::string series_name(const std::string& name, const ClientMetric& metric, const std::string& extra = {}) {
  std::vector<std::string> labels;
  for (const auto& label : metric.label) labels.push_back(fmt::format("{}=\"{}\"", label.name, escaped(label.value)));
  std::sort(labels.begin(), labels.end());
  if (!extra.empty()) labels.push_back(extra);
  return labels.empty() ? name : fmt::format("{}{{{}}}", name, fmt::join(labels, ","));
}

std::string bound_text(double bound) { return std::isinf(bound) ? "+Inf" : fmt::format("{}", bound); }

void add_histogram(Snapshot& snapshot, const ClientMetric& metric) {
  const auto& histogram = metric.histogram;
  const auto add_bucket = [&](double bound, std::uint64_t count) {
    snapshot.series.push_back({series_name(snapshot.name + "_bucket", metric, "le=\"" + bound_text(bound) + '"'),
                               static_cast<double>(count)});
  };
  for (const auto& bucket : histogram.bucket) add_bucket(bucket.upper_bound, bucket.cumulative_count);
  if (histogram.bucket.empty() || !std::isinf(histogram.bucket.back().upper_bound)) {
    add_bucket(HUGE_VAL, histogram.sample_count);
  }
  snapshot.series.push_back(
      {series_name(snapshot.name + "_count", metric), static_cast<double>(histogram.sample_count)});
  snapshot.series.push_back({series_name(snapshot.name + "_sum", metric), histogram.sample_sum});
}

Snapshot snapshot_of(const MetricFamily& family) {
  Snapshot snapshot{.name = family.name, .type = "gauge", .help = family.help};
  if (family.type == MetricType::Counter) snapshot.type = "counter";
  if (family.type == MetricType::Histogram) snapshot.type = "histogram";
  auto metrics = family.metric;  // in the order of a hash; by their labels instead
  std::sort(metrics.begin(), metrics.end(),
            [](const ClientMetric& a, const ClientMetric& b) { return series_name("", a) < series_name("", b); });
  for (const ClientMetric& metric : metrics) {
    if (family.type == MetricType::Histogram) {
      add_histogram(snapshot, metric);
    } else {
      const bool counter = family.type == MetricType::Counter;
      snapshot.series.push_back(
          {series_name(family.name, metric), counter ? metric.counter.value : metric.gauge.value});
    }
  }
  return snapshot;
}

}  // namespace

std::vector<Snapshot> snapshot_of(const std::vector<MetricFamily>& families) {
  std::vector<Snapshot> snapshots;
  for (const MetricFamily& family : families) {
    if (!family.metric.empty()) snapshots.push_back(snapshot_of(family));
  }
  std::sort(snapshots.begin(), snapshots.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return snapshots;
}

}  // namespace segue::metrics
