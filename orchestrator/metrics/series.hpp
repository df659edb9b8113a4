// The series of one subject each, and how what is reported gets into them. Callers hold the lock.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "orchestrator/metrics/families.hpp"
#include "orchestrator/metrics/metrics.hpp"

namespace segue::metrics {

using record::Outcome;
using record::Verdict;

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;

inline double seconds(Delay delay) { return std::chrono::duration<double>(delay).count(); }
inline double seconds(std::int64_t ns) { return seconds(Delay(ns)); }

// A counter that follows a total kept elsewhere.
class Following {
 public:
  explicit Following(Counter& counter) : counter_(&counter) {}

  // A loss may be taken back when the packet arrives after all; a counter only grows, so it waits.
  void advance_to(std::uint64_t total) {
    if (total <= last_) return;
    counter_->Increment(static_cast<double>(total - last_));
    last_ = total;
  }
  void restart() { last_ = 0; }
  std::uint64_t last() const { return last_; }

 private:
  Counter* counter_;
  std::uint64_t last_ = 0;
};

struct HandoverSeries {
  Counter& complete;
  Counter& failed;
  Counter& clean;
  Counter& tainted;
  Counter& not_known;
  Histogram& completion;
  Gauge& expected;
  Gauge& last_completion;
  Gauge& last_started;
  Histogram& route_switch;
  Counter& anomalies;

  void add(const record::Scorecard& card, double started) const {
    const bool was_completed = card.outcome == Outcome::complete;
    (was_completed ? complete : failed).Increment();
    anomalies.Increment(static_cast<double>(card.anomalies.size()));
    if (started > 0) last_started.Set(started);
    of(card.verdict).Increment();
    if (!record::in_means(card.verdict)) return;
    if (was_completed) completion.Observe(seconds(card.completion_ns));
    if (was_completed) last_completion.Set(seconds(card.completion_ns));
    if (card.expected_completion_ns > 0) expected.Set(seconds(card.expected_completion_ns));
    if (card.route_switch_ns > 0) route_switch.Observe(seconds(card.route_switch_ns));
  }

  Counter& of(Verdict verdict) const {
    if (verdict == Verdict::tainted) return tainted;
    return verdict == Verdict::clean ? clean : not_known;
  }
};

struct StepSeries {
  Counter& messages;
  Counter& retransmissions;
  Counter& failures;

  void add(const record::StepTimes& step, bool failed) const {
    messages.Increment(step.transmissions);
    retransmissions.Increment(step.transmissions > 1 ? step.transmissions - 1 : 0);
    failures.Increment(failed ? 1 : 0);
  }
};

// A figure in base units.
inline double base_unit(std::uint64_t number) { return static_cast<double>(number); }
inline double base_unit(std::int64_t ns) { return seconds(ns); }
inline double base_unit(double value) { return value; }

// Of a row of the record's tables. What is counted for one handover is added, and totals are followed.
using FigureSeries = std::variant<std::monostate, Counter*, Following, Gauge*, Histogram*>;
template <typename Table>
using FiguresSeries = std::array<FigureSeries, std::tuple_size_v<Table>>;

template <typename Value>
void put(FigureSeries& series, Value value) {
  if (const auto* counter = std::get_if<Counter*>(&series)) (*counter)->Increment(base_unit(value));
  if (const auto* gauge = std::get_if<Gauge*>(&series)) (*gauge)->Set(base_unit(value));
  if (const auto* histogram = std::get_if<Histogram*>(&series)) (*histogram)->Observe(base_unit(value));
  if constexpr (std::is_same_v<Value, std::uint64_t>) {
    if (auto* counter = std::get_if<Following>(&series)) counter->advance_to(value);
  }
}

template <typename Of, std::size_t n>
void put_all(const std::array<record::Figure<Of>, n>& table, const Of& of, std::array<FigureSeries, n>& series) {
  for (std::size_t i = 0; i < n; ++i) {
    record::visit_figure(table[i], of, [&](auto value) { put(series[i], value); });
  }
}

template <std::size_t n>
void restart(std::array<FigureSeries, n>& series) {
  for (auto& one : series) {
    if (auto* counter = std::get_if<Following>(&one)) counter->restart();
  }
}

struct DirectionSeries {
  FiguresSeries<decltype(record::direction_fields)> figures;
  std::array<Counter*, record::causes.size()> missed;  // by cause

  void add(const record::DirectionScore& score) {
    put_all(record::direction_fields, score, figures);
    for (const record::Missed& one : score.missed) {
      missed.at(static_cast<std::size_t>(one.cause))->Increment(static_cast<double>(one.count));
    }
  }
};

struct ProbeSeries {
  FiguresSeries<decltype(record::flow_fields)> figures;
  Following received;
  std::uint64_t sent = 0;  // as last reported

  void advance_to(const record::FlowTotals& totals) {
    if (totals.sent < sent) {
      restart(figures);
      received.restart();
    }
    sent = totals.sent;
    put_all(record::flow_fields, totals, figures);
    received.advance_to(totals.sent - totals.lost);
  }
};

struct ThroughputSeries {
  Gauge& rate;
  Following received;

  void advance_to(const record::ThroughputTotals& totals) {
    rate.Set(static_cast<double>(totals.bits_per_second) / 8);
    if (totals.bytes < received.last()) received.restart();
    received.advance_to(totals.bytes);
  }
};

struct LinkTermsSeries {
  Gauge& delay;
  Gauge& loss;
  Gauge& rate;

  void set(const record::LinkTerms& terms) const {
    delay.Set(seconds(terms.delay_ns));
    loss.Set(terms.loss);
    rate.Set(static_cast<double>(terms.bits_per_second) / 8);
  }
};

struct LinkSeries {
  LinkTermsSeries requested;
  LinkTermsSeries in_force;
  Gauge& queued;
  FiguresSeries<decltype(record::link_fields)> figures;
  std::uint64_t packets = 0;  // as last reported

  void advance_to(const record::LinkRow& row) {
    requested.set(row.asked);
    in_force.set(row.in_force);
    queued.Set(static_cast<double>(row.queued));
    if (row.counters.packets < packets) restart(figures);
    packets = row.counters.packets;
    put_all(record::link_fields, row.counters, figures);
  }
};

struct NetlinkSeries {
  Following requests;
  Following errors;
  Histogram& duration;
  std::vector<std::uint64_t> counts;  // as last reported
  Delay sum{0};

  void advance_to(const NetlinkTotals& totals) {
    if (totals.requests < requests.last()) {
      requests.restart();
      errors.restart();
      std::fill(counts.begin(), counts.end(), 0);
      sum = Delay{0};
    }
    requests.advance_to(totals.requests);
    errors.advance_to(totals.errors);
    std::vector<double> grown(counts.size());
    for (std::size_t i = 0; i < std::min(counts.size(), totals.latency_counts.size()); ++i) {
      if (totals.latency_counts[i] <= counts[i]) continue;
      grown[i] = static_cast<double>(totals.latency_counts[i] - counts[i]);
      counts[i] = totals.latency_counts[i];
    }
    duration.ObserveMultiple(grown, seconds(std::max(Delay{0}, totals.latency_sum - sum)));
    sum = std::max(sum, totals.latency_sum);
  }
};

struct LatenessSeries {
  Gauge& p50;
  Gauge& p99;
  Gauge& max;

  explicit LatenessSeries(GaugeFamily& family)
      : p50(family.Add({{"statistic", "p50"}})),
        p99(family.Add({{"statistic", "p99"}})),
        max(family.Add({{"statistic", "max"}})) {}

  void set(const record::Quantiles& lateness) const {
    p50.Set(seconds(lateness.p50));
    p99.Set(seconds(lateness.p99));
    max.Set(seconds(lateness.max));
  }
};

}  // namespace segue::metrics
