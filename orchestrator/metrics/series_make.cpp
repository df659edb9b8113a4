#include "orchestrator/metrics/series_make.hpp"

namespace segue::metrics {
namespace {

using prometheus::Labels;

// Seconds. Completion spans 40 ms (ProMPt) to 1 s (Mobile IPv6), finest where the mechanisms lie.
const Histogram::BucketBoundaries completion_buckets = {
    0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.1, 0.2, 0.5, 0.8, 0.9, 1, 1.1, 2, 5, 10};
const Histogram::BucketBoundaries interruption_buckets = {0.001, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15,
                                                          0.2,   0.3,  0.5,  1,    1.5,  2,    5,   10};
const Histogram::BucketBoundaries switch_buckets = {5e-6, 1e-5, 2e-5, 3e-5, 5e-5, 1e-4, 2e-4,
                                                    5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 5e-2};

const char* name_of(Direction direction) { return direction == Direction::uplink ? "uplink" : "downlink"; }

Labels labels_of(const Subject& subject) { return {{"mechanism", subject.first}, {"mobile", subject.second}}; }

Labels with(Labels labels, const char* name, const std::string& value) {
  labels.emplace(name, value);
  return labels;
}

Labels labels_of(const Flow& flow) { return with(labels_of(flow.first), "direction", name_of(flow.second)); }

LinkTermsSeries make_terms(const LinkTermsFamilies& families, const Labels& labels) {
  return {.delay = families.delay.Add(labels), .loss = families.loss.Add(labels), .rate = families.rate.Add(labels)};
}

}  // namespace

HandoverSeries make_handover(const Families& families, const Subject& subject) {
  const Labels labels = labels_of(subject);
  return {.complete = families.handovers.Add(with(labels, "outcome", "complete")),
          .failed = families.handovers.Add(with(labels, "outcome", "failed")),
          .clean = families.handovers_judged.Add(with(labels, "verdict", "clean")),
          .tainted = families.handovers_judged.Add(with(labels, "verdict", "tainted")),
          .not_known = families.handovers_judged.Add(with(labels, "verdict", "not known")),
          .completion = families.handover_completion.Add(labels, completion_buckets),
          .expected = families.handover_expected_completion.Add(labels),
          .last_completion = families.handover_last_completion.Add(labels),
          .last_started = families.handover_last_started.Add(labels),
          .route_switch = families.handover_route_switch.Add(labels, switch_buckets),
          .anomalies = families.signalling_anomalies.Add(labels)};
}

HandoverDirectionSeries make_handover_direction(const Families& families, const Flow& flow) {
  const Labels labels = labels_of(flow);
  const PacketFamilies& packets = families.handover_packets;
  return {.sent = packets.sent.Add(labels),
          .lost = packets.lost.Add(labels),
          .duplicated = packets.duplicated.Add(labels),
          .reordered = packets.reordered.Add(labels),
          .late = packets.late.Add(labels),
          .interruption = families.handover_interruption.Add(labels, interruption_buckets)};
}

StepSeries make_step(const Families& families, const Step& step) {
  const Labels labels = with(labels_of(step.first), "step", step.second);
  return {.messages = families.signalling_messages.Add(labels),
          .retransmissions = families.signalling_retransmissions.Add(labels),
          .failures = families.signalling_failures.Add(labels)};
}

ProbeSeries make_probe(const Families& families, const Flow& flow) {
  const Labels labels = labels_of(flow);
  const PacketFamilies& packets = families.probe_packets;
  return {.sent = Following(packets.sent.Add(labels)),
          .received = Following(families.probe_received.Add(labels)),
          .lost = Following(packets.lost.Add(labels)),
          .duplicated = Following(packets.duplicated.Add(labels)),
          .reordered = Following(packets.reordered.Add(labels)),
          .late = Following(packets.late.Add(labels)),
          .lost_outside = Following(families.probe_lost_outside.Add(labels))};
}

QualitySeries make_quality(const Families& families, const Flow& flow) {
  const Labels labels = labels_of(flow);
  return {.delay = families.probe_delay.Add(labels),
          .jitter = families.probe_jitter.Add(labels),
          .r_factor = families.probe_r_factor.Add(labels),
          .mos = families.probe_mos.Add(labels)};
}

ThroughputSeries make_throughput(const Families& families, const ThroughputTotals& first) {
  const Labels labels = with(labels_of(Subject{first.mechanism, first.mobile}), "probe", first.probe);
  return {.rate = families.throughput.Add(labels), .received = Following(families.throughput_received.Add(labels))};
}

NetlinkSeries make_netlink(const Families& families, const NetlinkTotals& first) {
  const Labels labels{{"node", first.node}};
  Histogram::BucketBoundaries buckets;
  for (const Delay bound : first.latency_bounds) buckets.push_back(seconds(bound));
  return {.requests = Following(families.netlink_requests.Add(labels)),
          .errors = Following(families.netlink_errors.Add(labels)),
          .duration = families.netlink_duration.Add({}, buckets),
          .counts = std::vector<std::uint64_t>(buckets.size() + 1)};
}

LinkSeries make_link(const Families& families, const LinkTotals& first) {
  const Labels labels{{"link", first.link}, {"from", first.from}};
  families.link_info.Add(with(labels, "to", first.to)).Set(1);
  return {.requested = make_terms(families.link_requested, labels),
          .in_force = make_terms(families.link_in_force, labels),
          .queued = families.link_queued.Add(labels),
          .packets = Following(families.link_packets.Add(labels)),
          .delivered = Following(families.link_delivered.Add(labels)),
          .lost = Following(families.link_lost.Add(labels)),
          .dropped = Following(families.link_dropped.Add(labels)),
          .duplicated = Following(families.link_duplicated.Add(labels)),
          .reordered = Following(families.link_reordered.Add(labels)),
          .corrupted = Following(families.link_corrupted.Add(labels)),
          .bytes = Following(families.link_bytes.Add(labels))};
}

}  // namespace segue::metrics
