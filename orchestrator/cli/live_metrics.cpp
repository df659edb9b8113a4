#include "orchestrator/cli/live_metrics.hpp"

#include "nodes/base/version.hpp"

namespace segue::cli {

namespace {

metrics::HandoverDirection direction_of(const lab::DirectionScore& score) {
  return {.sent = score.sent,
          .lost = score.lost,
          .duplicated = score.duplicated,
          .reordered = score.reordered,
          .late = score.late,
          .interruption = Delay(score.interruption_ns)};
}

metrics::Lateness lateness_of(const lab::Quantiles& quantiles) {
  return {Delay(quantiles.p50), Delay(quantiles.p99), Delay(quantiles.max)};
}

// Bucket i of the row counts latencies from 2^(i-1) to 2^i - 1 ns, and its last one whatever is longer.
metrics::NetlinkTotals totals_of(const lab::NetlinkRow& row) {
  metrics::NetlinkTotals totals{.node = row.node,
                                .requests = row.requests,
                                .errors = row.errors,
                                .latency_counts = row.latency,
                                .latency_sum = Delay(row.total_ns)};
  for (std::size_t i = 0; i + 1 < row.latency.size(); ++i) totals.latency_bounds.emplace_back(std::int64_t{1} << i);
  return totals;
}

}  // namespace

LiveMetrics::LiveMetrics(const std::string& lab) : metrics_(lab, std::string(version)) {}

LiveMetrics::LiveMetrics(const std::string& listen, const std::string& lab)
    : metrics_(listen, lab, std::string(version)) {}

void LiveMetrics::handover(const std::string& mechanism, bool measured, const lab::Scorecard& card) {
  metrics_.handover({.mechanism = mechanism,
                     .mobile = card.mobile,
                     .outcome = card.outcome == "complete" ? metrics::Outcome::complete : metrics::Outcome::failed,
                     .completion = Delay(card.completion_ns),
                     .route_switch = Delay(card.route_switch_ns),
                     .messages = card.messages,
                     .retransmissions = card.retransmissions,
                     .measured = measured,
                     .uplink = direction_of(card.uplink),
                     .downlink = direction_of(card.downlink)});
}

void LiveMetrics::sample(const std::string& mechanism, const std::string& mobile, const std::string& probe,
                         const lab::Sample& sample) {
  if (probe == "voip") {
    const auto tell = [&](metrics::Direction direction, const lab::FlowTotals& flow) {
      metrics_.probe(metrics::ProbeTotals{.mechanism = mechanism,
                                          .mobile = mobile,
                                          .direction = direction,
                                          .sent = flow.sent,
                                          .received = flow.sent - flow.lost,
                                          .lost = flow.lost,
                                          .duplicated = flow.duplicated,
                                          .reordered = flow.reordered,
                                          .late = flow.late});
      metrics_.probe(metrics::ProbeQuality{.mechanism = mechanism,
                                           .mobile = mobile,
                                           .direction = direction,
                                           .one_way_delay = Delay(flow.delay_mean_ns),
                                           .jitter = Delay(flow.jitter_ns),
                                           .r_factor = flow.r_factor,
                                           .mos = flow.mos});
    };
    tell(metrics::Direction::uplink, sample.uplink);
    tell(metrics::Direction::downlink, sample.downlink);
  } else {
    metrics_.throughput(probe, mechanism, mobile, Rate{sample.throughput_bits_per_second});
  }
  metrics_.emulator_lateness(lateness_of(sample.emulator));
  metrics_.timer_lateness(lateness_of(sample.timers));
  metrics_.agents_up(sample.agents);
  for (const auto& row : sample.netlink) metrics_.netlink(totals_of(row));
  for (const auto& row : sample.links) {
    metrics_.link({.link = row.link,
                   .from = row.direction.substr(0, row.direction.find('>')),
                   .counters = {.packets = row.packets,
                                .delivered = row.delivered,
                                .lost = row.lost,
                                .dropped = row.dropped,
                                .duplicated = row.duplicated,
                                .reordered = row.reordered,
                                .corrupted = row.corrupted,
                                .bytes = row.bytes}});
  }
}

}  // namespace segue::cli
