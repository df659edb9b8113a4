// The series of one subject each, and how what is reported gets into them. Callers hold the lock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "orchestrator/metrics/families.hpp"
#include "orchestrator/metrics/metrics.hpp"

namespace segue::metrics {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;

inline double seconds(Delay delay) { return std::chrono::duration<double>(delay).count(); }

// A counter that follows a total kept elsewhere.
class Following {
 public:
  explicit Following(Counter& counter) : counter_(counter) {}

  // A loss may be taken back when the packet arrives after all; a counter only grows, so it waits.
  void advance_to(std::uint64_t total) {
    if (total <= last_) return;
    counter_.Increment(static_cast<double>(total - last_));
    last_ = total;
  }
  void restart() { last_ = 0; }
  std::uint64_t last() const { return last_; }

 private:
  Counter& counter_;
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

  void add(const HandoverFinished& handover) const {
    const bool was_completed = handover.outcome == Outcome::complete;
    (was_completed ? complete : failed).Increment();
    anomalies.Increment(static_cast<double>(handover.anomalies));
    if (handover.started > 0) last_started.Set(handover.started);
    of(handover.verdict).Increment();
    if (handover.verdict == Verdict::tainted) return;
    if (was_completed) completion.Observe(seconds(handover.completion));
    if (was_completed) last_completion.Set(seconds(handover.completion));
    if (handover.expected > Delay{0}) expected.Set(seconds(handover.expected));
    if (handover.route_switch > Delay{0}) route_switch.Observe(seconds(handover.route_switch));
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

  void add(const StepSignalling& step) const {
    messages.Increment(static_cast<double>(step.messages));
    retransmissions.Increment(static_cast<double>(step.retransmissions));
    failures.Increment(step.failed ? 1 : 0);
  }
};

struct HandoverDirectionSeries {
  Counter& sent;
  Counter& lost;
  Counter& duplicated;
  Counter& reordered;
  Counter& late;
  Histogram& interruption;

  void add(const HandoverDirection& direction) const {
    sent.Increment(static_cast<double>(direction.sent));
    lost.Increment(static_cast<double>(direction.lost));
    duplicated.Increment(static_cast<double>(direction.duplicated));
    reordered.Increment(static_cast<double>(direction.reordered));
    late.Increment(static_cast<double>(direction.late));
    interruption.Observe(seconds(direction.interruption));
  }
};

struct ProbeSeries {
  Following sent;
  Following received;
  Following lost;
  Following duplicated;
  Following reordered;
  Following late;
  Following lost_outside;

  void advance_to(const ProbeTotals& totals) {
    if (totals.sent < sent.last()) {
      for (Following* one : {&sent, &received, &lost, &duplicated, &reordered, &late, &lost_outside}) one->restart();
    }
    lost_outside.advance_to(totals.lost_outside);
    sent.advance_to(totals.sent);
    received.advance_to(totals.received);
    lost.advance_to(totals.lost);
    duplicated.advance_to(totals.duplicated);
    reordered.advance_to(totals.reordered);
    late.advance_to(totals.late);
  }
};

struct QualitySeries {
  Gauge& delay;
  Gauge& jitter;
  Gauge& r_factor;
  Gauge& mos;
};

struct ThroughputSeries {
  Gauge& rate;
  Following received;

  void advance_to(const ThroughputTotals& totals) {
    rate.Set(static_cast<double>(totals.rate.bits_per_second) / 8);
    if (totals.bytes < received.last()) received.restart();
    received.advance_to(totals.bytes);
  }
};

struct LinkTermsSeries {
  Gauge& delay;
  Gauge& loss;
  Gauge& rate;

  void set(const LinkTerms& terms) const {
    delay.Set(seconds(terms.delay));
    loss.Set(terms.loss);
    rate.Set(static_cast<double>(terms.rate.bits_per_second) / 8);
  }
};

struct LinkSeries {
  LinkTermsSeries requested;
  LinkTermsSeries in_force;
  Gauge& queued;
  Following packets;
  Following delivered;
  Following lost;
  Following dropped;
  Following duplicated;
  Following reordered;
  Following corrupted;
  Following bytes;

  void advance_to(const LinkTotals& link) {
    requested.set(link.requested);
    in_force.set(link.in_force);
    queued.Set(static_cast<double>(link.queued));
    const link::LinkCounters& totals = link.counters;
    if (totals.packets < packets.last()) {
      for (Following* one : {&packets, &delivered, &lost, &dropped, &duplicated, &reordered, &corrupted, &bytes}) {
        one->restart();
      }
    }
    packets.advance_to(totals.packets);
    delivered.advance_to(totals.delivered);
    lost.advance_to(totals.lost);
    dropped.advance_to(totals.dropped);
    duplicated.advance_to(totals.duplicated);
    reordered.advance_to(totals.reordered);
    corrupted.advance_to(totals.corrupted);
    bytes.advance_to(totals.bytes);
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

  void set(const Lateness& lateness) const {
    p50.Set(seconds(lateness.p50));
    p99.Set(seconds(lateness.p99));
    max.Set(seconds(lateness.max));
  }
};

}  // namespace segue::metrics
