#include "orchestrator/cli/live_metrics.hpp"

#include <algorithm>
#include <chrono>

#include "nodes/base/version.hpp"

namespace segue::cli {

namespace {

// Bucket i of the row counts latencies from 2^(i-1) to 2^i - 1 ns, and its last one whatever is longer. Told by the
// powers from a microsecond to a tenth of a second: what lies outside goes to the first and the last.
constexpr std::size_t shortest = 10;
constexpr std::size_t longest = 27;

metrics::NetlinkTotals totals_of(std::size_t source, const record::NetlinkRow& row) {
  metrics::NetlinkTotals totals{.source = source,
                                .node = row.node,
                                .requests = row.requests,
                                .errors = row.errors,
                                .latency_counts = std::vector<std::uint64_t>(longest - shortest + 2),
                                .latency_sum = Delay(row.total_ns)};
  for (std::size_t i = shortest; i <= longest; ++i) totals.latency_bounds.emplace_back(std::int64_t{1} << i);
  for (std::size_t i = 0; i < row.latency.size(); ++i) {
    const bool over = i + 1 == row.latency.size();
    const std::size_t bucket = over ? longest + 1 : std::clamp(i, shortest, longest + 1);
    totals.latency_counts[bucket - shortest] += row.latency[i];
  }
  return totals;
}

}  // namespace

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

LiveMetrics::LiveMetrics(const std::string& lab) : metrics_(lab, std::string(version)) {}

LiveMetrics::LiveMetrics(const std::string& listen, const std::string& lab)
    : metrics_(listen, lab, std::string(version)) {}

void LiveMetrics::handover(const std::string& mechanism, bool measured, const record::Scorecard& card, double ended) {
  const double seconds = static_cast<double>(card.completion_ns) / 1e9;
  metrics_.handover(mechanism, card, measured, ended - seconds);
}

void LiveMetrics::sample(std::size_t lab, const std::string& mechanism, const record::Sample& sample) {
  call(mechanism, sample);
  for (const auto& flow : sample.throughput) metrics_.throughput({mechanism, sample.mobile}, flow);
  metrics_.emulator_lateness(sample.emulator);
  metrics_.timer_lateness(sample.timers);
  metrics_.health(sample.idle_share, sample.verdict);
  metrics_.nodes(sample.nodes);
  if (!sample.mobile.empty()) metrics_.attached(sample.mobile, sample.attached, sample.routers);
  for (const auto& row : sample.netlink) metrics_.netlink(totals_of(lab, row));
  for (const auto& row : sample.links) metrics_.link(lab, row);
}

// A run without the voip probe has no call, and a lab without probes none either.
void LiveMetrics::call(const std::string& mechanism, const record::Sample& sample) {
  if (mechanism.empty() || !sample.with_call) return;
  const metrics::Subject subject{mechanism, sample.mobile};
  metrics_.probe({subject, metrics::Direction::uplink}, sample.uplink);
  metrics_.probe({subject, metrics::Direction::downlink}, sample.downlink);
}

}  // namespace segue::cli
