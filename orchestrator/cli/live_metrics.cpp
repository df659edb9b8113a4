#include "orchestrator/cli/live_metrics.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "nodes/base/version.hpp"
#include "orchestrator/record/verdict.hpp"

namespace segue::cli {

namespace {

metrics::HandoverDirection direction_of(const record::DirectionScore& score) {
  return {.sent = score.sent,
          .lost = score.lost,
          .duplicated = score.duplicated,
          .reordered = score.reordered,
          .late = score.late,
          .interruption = Delay(score.interruption_ns)};
}

metrics::Lateness lateness_of(const record::Quantiles& quantiles) {
  return {Delay(quantiles.p50), Delay(quantiles.p99), Delay(quantiles.max)};
}

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

metrics::LinkTerms terms_of(const record::LinkTerms& terms) {
  return {Delay(terms.delay_ns), terms.loss, Rate{terms.bits_per_second}};
}

metrics::LinkTotals totals_of(std::size_t source, const record::LinkRow& row) {
  const auto arrow = row.direction.find('>');
  return {.source = source,
          .link = row.link,
          .from = row.direction.substr(0, arrow),
          .to = row.direction.substr(arrow + 1),
          .requested = terms_of(row.asked),
          .in_force = terms_of(row.in_force),
          .queued = row.queued,
          .counters = {.packets = row.packets,
                       .delivered = row.delivered,
                       .lost = row.lost,
                       .dropped = row.dropped,
                       .duplicated = row.duplicated,
                       .reordered = row.reordered,
                       .corrupted = row.corrupted,
                       .bytes = row.bytes}};
}

metrics::Verdict verdict_of(std::string_view word) {
  if (word == record::clean) return metrics::Verdict::clean;
  return record::in_means(word) ? metrics::Verdict::not_known : metrics::Verdict::tainted;
}

std::vector<metrics::StepSignalling> signalling_of(const record::Scorecard& card) {
  std::vector<metrics::StepSignalling> steps;
  for (const auto& step : card.steps) {
    steps.push_back({.step = step.name,
                     .messages = step.transmissions,
                     .retransmissions = step.transmissions > 1 ? step.transmissions - 1 : 0,
                     .failed = step.name == card.failed_step});
  }
  return steps;
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
  metrics_.handover({.mechanism = mechanism,
                     .mobile = card.mobile,
                     .outcome = card.outcome == "complete" ? metrics::Outcome::complete : metrics::Outcome::failed,
                     .started = ended - seconds,
                     .completion = Delay(card.completion_ns),
                     .expected = Delay(card.expected_completion_ns),
                     .route_switch = Delay(card.route_switch_ns),
                     .steps = signalling_of(card),
                     .anomalies = card.anomalies.size(),
                     .verdict = verdict_of(card.verdict),
                     .measured = measured,
                     .uplink = direction_of(card.uplink),
                     .downlink = direction_of(card.downlink)});
}

void LiveMetrics::sample(std::size_t lab, const std::string& mechanism, const record::Sample& sample) {
  call(mechanism, sample);
  for (const auto& flow : sample.throughput) {
    metrics_.throughput({.probe = flow.probe,
                         .mechanism = mechanism,
                         .mobile = sample.mobile,
                         .rate = Rate{flow.bits_per_second},
                         .bytes = flow.bytes});
  }
  metrics_.emulator_lateness(lateness_of(sample.emulator));
  metrics_.timer_lateness(lateness_of(sample.timers));
  metrics_.health({.cpu_idle = sample.idle_share,
                   .verdict = verdict_of(sample.verdict.verdict),
                   .known_limits = {std::begin(record::limit_names), std::end(record::limit_names)},
                   .limits_exceeded = sample.verdict.limits});
  std::vector<metrics::Node> nodes;
  for (const auto& row : sample.nodes) nodes.push_back({row.node, row.role, row.up});
  metrics_.nodes(nodes);
  if (!sample.mobile.empty()) metrics_.attached(sample.mobile, sample.attached, sample.routers);
  for (const auto& row : sample.netlink) metrics_.netlink(totals_of(lab, row));
  for (const auto& row : sample.links) metrics_.link(totals_of(lab, row));
}

// A run without the voip probe has no call, and a lab without probes none either.
void LiveMetrics::call(const std::string& mechanism, const record::Sample& sample) {
  if (mechanism.empty() || !sample.with_call) return;
  const auto tell = [&](metrics::Direction direction, const record::FlowTotals& flow) {
    metrics_.probe(metrics::ProbeTotals{.mechanism = mechanism,
                                        .mobile = sample.mobile,
                                        .direction = direction,
                                        .sent = flow.sent,
                                        .received = flow.sent - flow.lost,
                                        .lost = flow.lost,
                                        .duplicated = flow.duplicated,
                                        .reordered = flow.reordered,
                                        .late = flow.late,
                                        .lost_outside = flow.lost_outside});
    metrics_.probe(metrics::ProbeQuality{.mechanism = mechanism,
                                         .mobile = sample.mobile,
                                         .direction = direction,
                                         .one_way_delay = Delay(flow.delay_mean_ns),
                                         .jitter = Delay(flow.jitter_ns),
                                         .r_factor = flow.r_factor,
                                         .mos = flow.mos});
  };
  tell(metrics::Direction::uplink, sample.uplink);
  tell(metrics::Direction::downlink, sample.downlink);
}

}  // namespace segue::cli
