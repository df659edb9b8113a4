// The metric families of one lab, by name: the list of everything that can be scraped.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <string>
#include <tuple>
#include <variant>

#include "orchestrator/record/fields.hpp"

namespace segue::metrics {

using CounterFamily = prometheus::Family<prometheus::Counter>;
using GaugeFamily = prometheus::Family<prometheus::Gauge>;
using HistogramFamily = prometheus::Family<prometheus::Histogram>;

// Of a row of the record's tables (record/fields.hpp); monostate: it is not exported.
using FigureFamily = std::variant<std::monostate, CounterFamily*, GaugeFamily*, HistogramFamily*>;
template <typename Table>
using FigureFamilies = std::array<FigureFamily, std::tuple_size_v<Table>>;

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
  FigureFamilies<decltype(record::direction_fields)> handover_figures;
  CounterFamily& handover_missed;
  CounterFamily& signalling_messages;
  CounterFamily& signalling_retransmissions;
  CounterFamily& signalling_failures;
  CounterFamily& signalling_anomalies;

  FigureFamilies<decltype(record::flow_fields)> probe_figures;
  CounterFamily& probe_received;
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
  FigureFamilies<decltype(record::link_fields)> link_figures;

  CounterFamily& netlink_requests;
  CounterFamily& netlink_errors;
  HistogramFamily& netlink_duration;
};

// Registers them all; every one carries the label `lab`. They live as long as the registry.
Families make_families(prometheus::Registry& registry, const std::string& lab);

}  // namespace segue::metrics
