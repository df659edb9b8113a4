#include "orchestrator/metrics/metrics.hpp"

#include <prometheus/exposer.h>

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>

#include "orchestrator/metrics/families.hpp"
#include "orchestrator/metrics/listener.hpp"
#include "orchestrator/metrics/process.hpp"
#include "orchestrator/metrics/series_make.hpp"
#include "orchestrator/metrics/snapshot.hpp"

namespace segue::metrics {

struct Metrics::State {
  explicit State(const std::string& lab)
      : families(make_families(*registry, lab)), emulator(families.link_lateness), timers(families.timer_lateness) {}

  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  std::shared_ptr<ProcessCollector> process = std::make_shared<ProcessCollector>();
  Families families;
  LatenessSeries emulator;
  LatenessSeries timers;

  std::mutex mutex;  // guards the maps and what is in them
  std::map<Subject, HandoverSeries> handovers;
  std::map<Flow, HandoverDirectionSeries> handover_directions;
  std::map<Step, StepSeries> steps;
  std::map<Flow, ProbeSeries> probes;
  std::map<Flow, QualitySeries> qualities;
  std::map<std::pair<std::string, Subject>, ThroughputSeries> throughputs;
  std::map<std::string, std::reference_wrapper<Gauge>> nodes;                     // by name
  std::map<std::pair<std::size_t, std::string>, NetlinkSeries> netlinks;          // by source, node
  std::map<std::tuple<std::size_t, std::string, std::string>, LinkSeries> links;  // by source, link, from

  std::optional<Listener> listener;  // last, so that nothing is scraped any more when the rest goes
};

namespace {

// The series of a key, made by `make` the first time.
template <typename Key, typename Series, typename Make>
Series& series_of(std::map<Key, Series>& known, const Key& key, const Make& make) {
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  return known.emplace(key, make()).first->second;
}

}  // namespace

Metrics::Metrics(const std::string& lab, const std::string& version) : state_(std::make_unique<State>(lab)) {
  state_->families.build_info.Add({{"version", version}}).Set(1);
}

Metrics::Metrics(const std::string& listen, const std::string& lab, const std::string& version)
    : Metrics(lab, version) {
  state_->listener.emplace(listen);
  state_->listener->exposer().RegisterCollectable(state_->registry);
  state_->listener->exposer().RegisterCollectable(state_->process);
}

Metrics::~Metrics() = default;

std::string Metrics::address() const { return state_->listener ? state_->listener->address() : std::string(); }

std::vector<Snapshot> Metrics::snapshot() const { return snapshot_of(state_->registry->Collect()); }

void Metrics::handover(const HandoverFinished& handover) {
  const std::lock_guard lock(state_->mutex);
  const Families& families = state_->families;
  const Subject subject{handover.mechanism, handover.mobile};
  series_of(state_->handovers, subject, [&] { return make_handover(families, subject); }).add(handover);
  for (const StepSignalling& signalling : handover.steps) {
    const Step step{subject, signalling.step};
    series_of(state_->steps, step, [&] { return make_step(families, step); }).add(signalling);
  }
  if (!handover.measured || handover.verdict == Verdict::tainted) return;

  const auto add = [&](Direction direction, const HandoverDirection& what) {
    const Flow flow{subject, direction};
    series_of(state_->handover_directions, flow, [&] { return make_handover_direction(families, flow); }).add(what);
  };
  add(Direction::uplink, handover.uplink);
  add(Direction::downlink, handover.downlink);
}

void Metrics::probe(const ProbeTotals& totals) {
  const std::lock_guard lock(state_->mutex);
  const Flow flow{{totals.mechanism, totals.mobile}, totals.direction};
  series_of(state_->probes, flow, [&] { return make_probe(state_->families, flow); }).advance_to(totals);
}

void Metrics::probe(const ProbeQuality& quality) {
  const std::lock_guard lock(state_->mutex);
  const Flow flow{{quality.mechanism, quality.mobile}, quality.direction};
  const auto& series = series_of(state_->qualities, flow, [&] { return make_quality(state_->families, flow); });
  series.delay.Set(seconds(quality.one_way_delay));
  series.jitter.Set(seconds(quality.jitter));
  series.r_factor.Set(quality.r_factor);
  series.mos.Set(quality.mos);
}

void Metrics::throughput(const ThroughputTotals& totals) {
  const std::lock_guard lock(state_->mutex);
  const std::pair key{totals.probe, Subject{totals.mechanism, totals.mobile}};
  series_of(state_->throughputs, key, [&] { return make_throughput(state_->families, totals); }).advance_to(totals);
}

void Metrics::netlink(const NetlinkTotals& totals) {
  const std::lock_guard lock(state_->mutex);
  const std::pair key{totals.source, totals.node};
  series_of(state_->netlinks, key, [&] { return make_netlink(state_->families, totals); }).advance_to(totals);
}

void Metrics::link(const LinkTotals& totals) {
  const std::lock_guard lock(state_->mutex);
  const std::tuple key{totals.source, totals.link, totals.from};
  series_of(state_->links, key, [&] { return make_link(state_->families, totals); }).advance_to(totals);
}

void Metrics::emulator_lateness(const Lateness& lateness) { state_->emulator.set(lateness); }

void Metrics::timer_lateness(const Lateness& lateness) { state_->timers.set(lateness); }

void Metrics::health(const Health& health) {
  const Families& families = state_->families;
  families.cpu_idle.Add({}).Set(health.cpu_idle);
  families.verdict_clean.Add({}).Set(static_cast<double>(health.verdict));
  for (const std::string& limit : health.known_limits) {
    const auto& exceeded = health.limits_exceeded;
    const bool is_exceeded = std::find(exceeded.begin(), exceeded.end(), limit) != exceeded.end();
    families.verdict_limit_exceeded.Add({{"limit", limit}}).Set(is_exceeded ? 1 : 0);
  }
}

void Metrics::nodes(const std::vector<Node>& nodes) {
  const Families& families = state_->families;
  families.nodes.Add({}).Set(static_cast<double>(nodes.size()));
  const auto up = std::count_if(nodes.begin(), nodes.end(), [](const Node& node) { return node.up; });
  families.agents_up.Add({}).Set(static_cast<double>(up));
  const std::lock_guard lock(state_->mutex);
  for (const Node& node : nodes) {
    const auto make = [&] { return std::ref(families.node_up.Add({{"node", node.name}, {"role", node.role}})); };
    series_of(state_->nodes, node.name, make).get().Set(node.up ? 1 : 0);
  }
}

void Metrics::attached(const std::string& mobile, const std::string& router, const std::vector<std::string>& routers) {
  for (const std::string& one : routers) {
    state_->families.mobile_attached.Add({{"mobile", mobile}, {"router", one}}).Set(one == router ? 1 : 0);
  }
}

}  // namespace segue::metrics
