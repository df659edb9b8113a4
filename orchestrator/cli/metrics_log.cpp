#include "orchestrator/cli/metrics_log.hpp"

#include "orchestrator/cli/live_metrics.hpp"
#include "orchestrator/guest/boot.hpp"
#include "orchestrator/report/openmetrics.hpp"

namespace segue::cli {

namespace {

// The same rows with nothing counted: where a run's counters begin.
record::Sample beginning_of(const record::Sample& sample) {
  record::Sample start{.with_call = sample.with_call,
                       .mobile = sample.mobile,
                       .attached = sample.attached,
                       .routers = sample.routers,
                       .nodes = sample.nodes};
  for (const auto& flow : sample.throughput) start.throughput.push_back({.probe = flow.probe});
  for (const auto& row : sample.links) {
    start.links.push_back({.link = row.link, .direction = row.direction, .asked = row.asked, .in_force = row.in_force});
  }
  for (const auto& row : sample.netlink) {
    start.netlink.push_back({.node = row.node, .latency = std::vector<std::uint64_t>(row.latency.size())});
  }
  return start;
}

}  // namespace

MetricsLog::MetricsLog(const config::Topology& topology, const std::vector<experiment::RunSpec>& runs)
    : topology_(topology), runs_(runs), moments_(runs.size()) {}

void MetricsLog::handover(std::size_t run, const record::Scorecard& card) { moments_[run].push_back({card, {}}); }

void MetricsLog::sample(std::size_t run, const record::Sample& sample) {
  if (!moments_[run].empty()) moments_[run].back().sample = sample;
}

std::string MetricsLog::text(const std::vector<experiment::RunOutcome>& outcomes) const {
  LiveMetrics metrics(topology_.name);
  report::OpenMetrics log;
  std::int64_t origin_ns = guest::results_begin_s * 1'000'000'000;
  for (std::size_t run = 0; run < runs_.size(); ++run) {
    if (!outcomes[run].error.empty() || moments_[run].empty()) continue;
    metrics.sample(run, runs_[run].mechanism, beginning_of(moments_[run].front().sample));
    log.add(origin_ns, metrics.snapshot());
    for (const Moment& moment : moments_[run]) {
      const std::int64_t ended_ns = origin_ns + moment.card.started_ns + moment.card.completion_ns;
      metrics.handover(runs_[run].mechanism, runs_[run].probe == experiment::Probe::voip, moment.card,
                       static_cast<double>(ended_ns) / 1e9);
      metrics.sample(run, runs_[run].mechanism, moment.sample);
      log.add(ended_ns, metrics.snapshot());
    }
    origin_ns += outcomes[run].result.experiment_ns;
  }
  return log.text();
}

}  // namespace segue::cli
