// The metric families of one lab, by name: the list of everything that can be scraped.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>

namespace segue::metrics {

using CounterFamily = prometheus::Family<prometheus::Counter>;
using GaugeFamily = prometheus::Family<prometheus::Gauge>;
using HistogramFamily = prometheus::Family<prometheus::Histogram>;

// The fates of a packet that handovers and probes both count.
struct PacketFamilies {
  CounterFamily& sent;
  CounterFamily& lost;
  CounterFamily& duplicated;
  CounterFamily& reordered;
  CounterFamily& late;
};

// What is asked of a link's direction, or in force there.
struct LinkTermsFamilies {
  GaugeFamily& delay;
  GaugeFamily& loss;
  GaugeFamily& rate;
};

struct Families {
  GaugeFamily& build_info;
  GaugeFamily& nodes;
  GaugeFamily& agents_up;
  GaugeFamily& node_up;
  GaugeFamily& mobile_attached;

  CounterFamily& handovers;
  CounterFamily& handovers_judged;
  HistogramFamily& handover_completion;
  GaugeFamily& handover_expected_completion;
  GaugeFamily& handover_last_completion;
  GaugeFamily& handover_last_started;
  HistogramFamily& handover_route_switch;
  HistogramFamily& handover_interruption;
  PacketFamilies handover_packets;
  CounterFamily& signalling_messages;
  CounterFamily& signalling_retransmissions;
  CounterFamily& signalling_failures;
  CounterFamily& signalling_anomalies;

  PacketFamilies probe_packets;
  CounterFamily& probe_received;
  CounterFamily& probe_lost_outside;
  GaugeFamily& probe_delay;
  GaugeFamily& probe_jitter;
  GaugeFamily& probe_r_factor;
  GaugeFamily& probe_mos;
  GaugeFamily& throughput;
  CounterFamily& throughput_received;

  GaugeFamily& link_lateness;
  GaugeFamily& timer_lateness;
  GaugeFamily& cpu_idle;
  GaugeFamily& verdict_clean;
  GaugeFamily& verdict_limit_exceeded;

  GaugeFamily& link_info;
  LinkTermsFamilies link_requested;
  LinkTermsFamilies link_in_force;
  GaugeFamily& link_queued;
  CounterFamily& link_packets;
  CounterFamily& link_delivered;
  CounterFamily& link_lost;
  CounterFamily& link_dropped;
  CounterFamily& link_duplicated;
  CounterFamily& link_reordered;
  CounterFamily& link_corrupted;
  CounterFamily& link_bytes;

  CounterFamily& netlink_requests;
  CounterFamily& netlink_errors;
  HistogramFamily& netlink_duration;
};

// Registers them all; every one carries the label `lab`. They live as long as the registry.
Families make_families(prometheus::Registry& registry, const std::string& lab);

}  // namespace segue::metrics
