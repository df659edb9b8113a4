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
#include "orchestrator/record/verdict.hpp"

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
  std::map<Flow, DirectionSeries> handover_directions;
  std::map<Step, StepSeries> steps;
  std::map<Flow, ProbeSeries> probes;
  std::map<std::pair<std::string, Subject>, ThroughputSeries> throughputs;
  std::map<std::string, std::reference_wrapper<Gauge>> nodes;                     // by name
  std::map<std::pair<std::size_t, std::string>, NetlinkSeries> netlinks;          // by source, node
  std::map<std::tuple<std::size_t, std::string, std::string>, LinkSeries> links;  // by source, link, direction

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

// As families.cpp says it.
double value_of(Verdict verdict) {
  if (verdict == Verdict::not_known) return -1;
  return verdict == Verdict::clean ? 1 : 0;
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

void Metrics::handover(const std::string& mechanism, const record::Scorecard& card, bool measured, double started) {
  const std::lock_guard lock(state_->mutex);
  const Families& families = state_->families;
  const Subject subject{mechanism, card.mobile};
  series_of(state_->handovers, subject, [&] { return make_handover(families, subject); }).add(card, started);
  for (const record::StepTimes& times : card.steps) {
    const Step step{subject, times.name};
    series_of(state_->steps, step, [&] {
      return make_step(families, step);
    }).add(times, times.name == card.failed_step);
  }
  if (!measured || !record::in_means(card.verdict)) return;

  const auto add = [&](Direction direction, const record::DirectionScore& score) {
    const Flow flow{subject, direction};
    series_of(state_->handover_directions, flow, [&] { return make_direction(families, flow); }).add(score);
  };
  add(Direction::uplink, card.uplink);
  add(Direction::downlink, card.downlink);
}

void Metrics::probe(const Flow& flow, const record::FlowTotals& totals) {
  const std::lock_guard lock(state_->mutex);
  series_of(state_->probes, flow, [&] { return make_probe(state_->families, flow); }).advance_to(totals);
}

void Metrics::throughput(const Subject& subject, const record::ThroughputTotals& totals) {
  const std::lock_guard lock(state_->mutex);
  const auto make = [&] { return make_throughput(state_->families, subject, totals.probe); };
  series_of(state_->throughputs, std::pair{totals.probe, subject}, make).advance_to(totals);
}

void Metrics::netlink(const NetlinkTotals& totals) {
  const std::lock_guard lock(state_->mutex);
  const std::pair key{totals.source, totals.node};
  series_of(state_->netlinks, key, [&] { return make_netlink(state_->families, totals); }).advance_to(totals);
}

void Metrics::link(std::size_t source, const record::LinkRow& row) {
  const std::lock_guard lock(state_->mutex);
  const std::tuple key{source, row.link, row.direction};
  series_of(state_->links, key, [&] { return make_link(state_->families, row); }).advance_to(row);
}

void Metrics::emulator_lateness(const record::Quantiles& lateness) { state_->emulator.set(lateness); }

void Metrics::timer_lateness(const record::Quantiles& lateness) { state_->timers.set(lateness); }

void Metrics::health(double cpu_idle, const record::Judgement& judgement) {
  const Families& families = state_->families;
  families.cpu_idle.Add({}).Set(cpu_idle);
  families.verdict_clean.Add({}).Set(value_of(judgement.verdict));
  for (const std::string limit : record::limit_names) {
    const auto& exceeded = judgement.limits;
    const bool is_exceeded = std::find(exceeded.begin(), exceeded.end(), limit) != exceeded.end();
    families.verdict_limit_exceeded.Add({{"limit", limit}}).Set(is_exceeded ? 1 : 0);
  }
}

void Metrics::nodes(const std::vector<record::NodeRow>& nodes) {
  const Families& families = state_->families;
  families.nodes.Add({}).Set(static_cast<double>(nodes.size()));
  const auto up = std::count_if(nodes.begin(), nodes.end(), [](const auto& node) { return node.up; });
  families.agents_up.Add({}).Set(static_cast<double>(up));
  const std::lock_guard lock(state_->mutex);
  for (const record::NodeRow& node : nodes) {
    const auto make = [&] { return std::ref(families.node_up.Add({{"node", node.node}, {"role", node.role}})); };
    series_of(state_->nodes, node.node, make).get().Set(node.up ? 1 : 0);
  }
}

void Metrics::attached(const std::string& mobile, const std::string& router, const std::vector<std::string>& routers) {
  for (const std::string& one : routers) {
    state_->families.mobile_attached.Add({{"mobile", mobile}, {"router", one}}).Set(one == router ? 1 : 0);
  }
}

}  // namespace segue::metrics
