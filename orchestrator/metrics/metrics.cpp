#include "orchestrator/metrics/metrics.hpp"

#include <prometheus/exposer.h>

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "orchestrator/metrics/families.hpp"
#include "orchestrator/metrics/listener.hpp"
#include "orchestrator/metrics/series.hpp"
#include "orchestrator/metrics/snapshot.hpp"

namespace segue::metrics {
namespace {

using prometheus::Labels;
using Subject = std::pair<std::string, std::string>;  // mechanism, mobile
using Flow = std::pair<Subject, Direction>;

// Seconds. Completion spans 40 ms (ProMPt) to 1 s (Mobile IPv6), finest where the mechanisms lie.
const Histogram::BucketBoundaries completion_buckets = {
    0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.1, 0.2, 0.5, 0.8, 0.9, 1, 1.1, 2, 5, 10};
const Histogram::BucketBoundaries interruption_buckets = {0.001, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15,
                                                          0.2,   0.3,  0.5,  1,    1.5,  2,    5,   10};
const Histogram::BucketBoundaries switch_buckets = {5e-6, 1e-5, 2e-5, 3e-5, 5e-5, 1e-4, 2e-4,
                                                    5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 5e-2};

const char* name_of(Direction direction) { return direction == Direction::uplink ? "uplink" : "downlink"; }

Labels labels_of(const Subject& subject) { return {{"mechanism", subject.first}, {"mobile", subject.second}}; }

Labels labels_of(const Flow& flow) {
  Labels labels = labels_of(flow.first);
  labels.emplace("direction", name_of(flow.second));
  return labels;
}

// The series of a key, made by `make` the first time.
template <typename Key, typename Series, typename Make>
Series& series_of(std::map<Key, Series>& known, Key key, const Make& make) {
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  return known.emplace(std::move(key), make()).first->second;
}

}  // namespace

struct Metrics::State {
  explicit State(const std::string& lab)
      : families(make_families(*registry, lab)),
        agents(families.agents_up.Add({})),
        emulator(families.link_lateness),
        timers(families.timer_lateness) {}

  HandoverSeries make_handover(const Subject& subject) const;
  HandoverDirectionSeries make_handover_direction(const Flow& flow) const;
  ProbeSeries make_probe(const Flow& flow) const;
  QualitySeries make_quality(const Flow& flow) const;
  NetlinkSeries make_netlink(const NetlinkTotals& first) const;
  LinkSeries make_link(const LinkTotals& first) const;

  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  Families families;
  Gauge& agents;
  LatenessSeries emulator;
  LatenessSeries timers;

  std::mutex mutex;  // guards the maps and what is in them
  std::map<Subject, HandoverSeries> handovers;
  std::map<Flow, HandoverDirectionSeries> handover_directions;
  std::map<Flow, ProbeSeries> probes;
  std::map<Flow, QualitySeries> qualities;
  std::map<std::pair<std::string, Subject>, std::reference_wrapper<Gauge>> throughputs;
  std::map<std::string, NetlinkSeries> netlinks;
  std::map<std::pair<std::string, std::string>, LinkSeries> links;

  std::optional<Listener> listener;  // last, so that nothing is scraped any more when the rest goes
};

HandoverSeries Metrics::State::make_handover(const Subject& subject) const {
  const Labels labels = labels_of(subject);
  const auto with_outcome = [&](const char* outcome) {
    Labels more = labels;
    more.emplace("outcome", outcome);
    return more;
  };
  return {.complete = families.handovers.Add(with_outcome("complete")),
          .failed = families.handovers.Add(with_outcome("failed")),
          .completion = families.handover_completion.Add(labels, completion_buckets),
          .route_switch = families.handover_route_switch.Add(labels, switch_buckets),
          .messages = families.signalling_messages.Add(labels),
          .retransmissions = families.signalling_retransmissions.Add(labels)};
}

HandoverDirectionSeries Metrics::State::make_handover_direction(const Flow& flow) const {
  const Labels labels = labels_of(flow);
  const PacketFamilies& packets = families.handover_packets;
  return {.sent = packets.sent.Add(labels),
          .lost = packets.lost.Add(labels),
          .duplicated = packets.duplicated.Add(labels),
          .reordered = packets.reordered.Add(labels),
          .late = packets.late.Add(labels),
          .interruption = families.handover_interruption.Add(labels, interruption_buckets)};
}

ProbeSeries Metrics::State::make_probe(const Flow& flow) const {
  const Labels labels = labels_of(flow);
  const PacketFamilies& packets = families.probe_packets;
  return {.sent = Following(packets.sent.Add(labels)),
          .received = Following(families.probe_received.Add(labels)),
          .lost = Following(packets.lost.Add(labels)),
          .duplicated = Following(packets.duplicated.Add(labels)),
          .reordered = Following(packets.reordered.Add(labels)),
          .late = Following(packets.late.Add(labels))};
}

QualitySeries Metrics::State::make_quality(const Flow& flow) const {
  const Labels labels = labels_of(flow);
  return {.delay = families.probe_delay.Add(labels),
          .jitter = families.probe_jitter.Add(labels),
          .r_factor = families.probe_r_factor.Add(labels),
          .mos = families.probe_mos.Add(labels)};
}

NetlinkSeries Metrics::State::make_netlink(const NetlinkTotals& first) const {
  const Labels labels{{"node", first.node}};
  Histogram::BucketBoundaries buckets;
  for (const Delay bound : first.latency_bounds) buckets.push_back(seconds(bound));
  return {.requests = Following(families.netlink_requests.Add(labels)),
          .errors = Following(families.netlink_errors.Add(labels)),
          .duration = families.netlink_duration.Add(labels, buckets),
          .counts = std::vector<std::uint64_t>(buckets.size() + 1)};
}

LinkSeries Metrics::State::make_link(const LinkTotals& first) const {
  const Labels labels{{"link", first.link}, {"from", first.from}};
  return {.packets = Following(families.link_packets.Add(labels)),
          .delivered = Following(families.link_delivered.Add(labels)),
          .lost = Following(families.link_lost.Add(labels)),
          .dropped = Following(families.link_dropped.Add(labels)),
          .duplicated = Following(families.link_duplicated.Add(labels)),
          .reordered = Following(families.link_reordered.Add(labels)),
          .corrupted = Following(families.link_corrupted.Add(labels)),
          .bytes = Following(families.link_bytes.Add(labels))};
}

Metrics::Metrics(const std::string& lab, const std::string& version) : state_(std::make_unique<State>(lab)) {
  state_->families.build_info.Add({{"version", version}}).Set(1);
}

Metrics::Metrics(const std::string& listen, const std::string& lab, const std::string& version)
    : Metrics(lab, version) {
  state_->listener.emplace(listen);
  state_->listener->exposer().RegisterCollectable(state_->registry);
}

Metrics::~Metrics() = default;

std::string Metrics::address() const { return state_->listener ? state_->listener->address() : std::string(); }

std::vector<Snapshot> Metrics::snapshot() const { return snapshot_of(state_->registry->Collect()); }

void Metrics::handover(const HandoverFinished& handover) {
  const std::lock_guard lock(state_->mutex);
  const Subject subject{handover.mechanism, handover.mobile};
  const auto& series = series_of(state_->handovers, subject, [&] { return state_->make_handover(subject); });
  const bool complete = handover.outcome == Outcome::complete;
  (complete ? series.complete : series.failed).Increment();
  if (complete) series.completion.Observe(seconds(handover.completion));
  if (handover.route_switch > Delay{0}) series.route_switch.Observe(seconds(handover.route_switch));
  series.messages.Increment(static_cast<double>(handover.messages));
  series.retransmissions.Increment(static_cast<double>(handover.retransmissions));
  if (!handover.measured) return;

  const auto add = [&](Direction direction, const HandoverDirection& what) {
    const Flow flow{subject, direction};
    series_of(state_->handover_directions, flow, [&] { return state_->make_handover_direction(flow); }).add(what);
  };
  add(Direction::uplink, handover.uplink);
  add(Direction::downlink, handover.downlink);
}

void Metrics::probe(const ProbeTotals& totals) {
  const std::lock_guard lock(state_->mutex);
  const Flow flow{{totals.mechanism, totals.mobile}, totals.direction};
  series_of(state_->probes, flow, [&] { return state_->make_probe(flow); }).advance_to(totals);
}

void Metrics::probe(const ProbeQuality& quality) {
  const std::lock_guard lock(state_->mutex);
  const Flow flow{{quality.mechanism, quality.mobile}, quality.direction};
  const auto& series = series_of(state_->qualities, flow, [&] { return state_->make_quality(flow); });
  series.delay.Set(seconds(quality.one_way_delay));
  series.jitter.Set(seconds(quality.jitter));
  series.r_factor.Set(quality.r_factor);
  series.mos.Set(quality.mos);
}

void Metrics::throughput(std::string_view probe, std::string_view mechanism, std::string_view mobile, Rate rate) {
  const std::lock_guard lock(state_->mutex);
  const std::pair key{std::string(probe), Subject{mechanism, mobile}};
  const auto make = [&] {
    Labels labels = labels_of(key.second);
    labels.emplace("probe", key.first);
    return std::ref(state_->families.throughput.Add(labels));
  };
  series_of(state_->throughputs, key, make).get().Set(static_cast<double>(rate.bits_per_second) / 8);
}

void Metrics::netlink(const NetlinkTotals& totals) {
  const std::lock_guard lock(state_->mutex);
  series_of(state_->netlinks, totals.node, [&] { return state_->make_netlink(totals); }).advance_to(totals);
}

void Metrics::link(const LinkTotals& totals) {
  const std::lock_guard lock(state_->mutex);
  const std::pair key{totals.link, totals.from};
  series_of(state_->links, key, [&] { return state_->make_link(totals); }).advance_to(totals.counters);
}

void Metrics::emulator_lateness(const Lateness& lateness) { state_->emulator.set(lateness); }

void Metrics::timer_lateness(const Lateness& lateness) { state_->timers.set(lateness); }

void Metrics::agents_up(std::uint64_t count) { state_->agents.Set(static_cast<double>(count)); }

}  // namespace segue::metrics
