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

// What is counted comes as totals of a source to follow, or as events to add.
enum class Counted { totals, events };

template <std::size_t n>
std::array<FigureSeries, n> make_figures(const std::array<FigureFamily, n>& families, const Labels& labels,
                                         Counted counted) {
  std::array<FigureSeries, n> series;
  for (std::size_t i = 0; i < n; ++i) {
    if (const auto* counters = std::get_if<CounterFamily*>(&families[i])) {
      Counter& counter = (*counters)->Add(labels);
      series[i] = counted == Counted::totals ? FigureSeries(Following(counter)) : FigureSeries(&counter);
    } else if (const auto* gauges = std::get_if<GaugeFamily*>(&families[i])) {
      series[i] = &(*gauges)->Add(labels);
    } else if (const auto* histograms = std::get_if<HistogramFamily*>(&families[i])) {
      series[i] = &(*histograms)->Add(labels, interruption_buckets);
    }
  }
  return series;
}

}  // namespace

HandoverSeries make_handover(const Families& families, const Subject& subject) {
  const Labels labels = labels_of(subject);
  const auto ended = [&](Outcome outcome) -> Counter& {
    return families.handovers.Add(with(labels, "outcome", to_text(outcome)));
  };
  const auto judged = [&](Verdict verdict) -> Counter& {
    return families.handovers_judged.Add(with(labels, "verdict", to_text(verdict)));
  };
  return {.complete = ended(Outcome::complete),
          .failed = ended(Outcome::failed),
          .clean = judged(Verdict::clean),
          .tainted = judged(Verdict::tainted),
          .not_known = judged(Verdict::not_known),
          .completion = families.handover_completion.Add(labels, completion_buckets),
          .expected = families.handover_expected_completion.Add(labels),
          .last_completion = families.handover_last_completion.Add(labels),
          .last_started = families.handover_last_started.Add(labels),
          .route_switch = families.handover_route_switch.Add(labels, switch_buckets),
          .anomalies = families.signalling_anomalies.Add(labels)};
}

DirectionSeries make_direction(const Families& families, const Flow& flow) {
  const Labels labels = labels_of(flow);
  DirectionSeries series{.figures = make_figures(families.handover_figures, labels, Counted::events), .missed = {}};
  for (const record::Cause cause : record::causes) {
    series.missed.at(static_cast<std::size_t>(cause)) =
        &families.handover_missed.Add(with(labels, "cause", record::to_text(cause)));
  }
  return series;
}

StepSeries make_step(const Families& families, const Step& step) {
  const Labels labels = with(labels_of(step.first), "step", step.second);
  return {.messages = families.signalling_messages.Add(labels),
          .retransmissions = families.signalling_retransmissions.Add(labels),
          .failures = families.signalling_failures.Add(labels)};
}

ProbeSeries make_probe(const Families& families, const Flow& flow) {
  const Labels labels = labels_of(flow);
  return {.figures = make_figures(families.probe_figures, labels, Counted::totals),
          .received = Following(families.probe_received.Add(labels))};
}

ThroughputSeries make_throughput(const Families& families, const Subject& subject, const std::string& probe) {
  const Labels labels = with(labels_of(subject), "probe", probe);
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

LinkSeries make_link(const Families& families, const record::LinkRow& row) {
  const auto arrow = row.direction.find('>');
  const Labels labels{{"link", row.link}, {"from", row.direction.substr(0, arrow)}};
  families.link_info.Add(with(labels, "to", row.direction.substr(arrow + 1))).Set(1);
  return {.requested = make_terms(families.link_requested, labels),
          .in_force = make_terms(families.link_in_force, labels),
          .queued = families.link_queued.Add(labels),
          .figures = make_figures(families.link_figures, labels, Counted::totals)};
}

}  // namespace segue::metrics
