#include "orchestrator/metrics/families.hpp"

namespace segue::metrics {
namespace {

// Makes families that all carry the lab's name.
struct Maker {
  prometheus::Registry& registry;
  prometheus::Labels labels;

  CounterFamily& counter(const char* name, const char* help) const {
    return prometheus::BuildCounter().Name(name).Help(help).Labels(labels).Register(registry);
  }
  GaugeFamily& gauge(const char* name, const char* help) const {
    return prometheus::BuildGauge().Name(name).Help(help).Labels(labels).Register(registry);
  }
  HistogramFamily& histogram(const char* name, const char* help) const {
    return prometheus::BuildHistogram().Name(name).Help(help).Labels(labels).Register(registry);
  }
};

enum class Times { gauges, histograms };

// Counters of numbers, the rest as gauges, but times as they are to be.
template <typename Table>
FigureFamilies<Table> figures(const Maker& make, const Table& table, Times times) {
  FigureFamilies<Table> families;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& figure = table[i];
    if (figure.exported == nullptr) continue;
    if (figure.member.index() == 0) {
      families[i] = &make.counter(figure.exported, figure.help);
    } else if (figure.member.index() == 1 && times == Times::histograms) {
      families[i] = &make.histogram(figure.exported, figure.help);
    } else {
      families[i] = &make.gauge(figure.exported, figure.help);
    }
  }
  return families;
}

LinkTermsFamilies link_requested(const Maker& make) {
  return {make.gauge("segue_link_requested_delay_seconds", "The delay that was asked for."),
          make.gauge("segue_link_requested_loss_ratio", "The share of packets to lose, in the long run."),
          make.gauge("segue_link_requested_rate_bytes_per_second", "The rate that was asked for; 0: no limit.")};
}

LinkTermsFamilies link_in_force(const Maker& make) {
  return {make.gauge("segue_link_in_force_delay_seconds", "The delay as read back from the link engine."),
          make.gauge("segue_link_in_force_loss_ratio", "The share of packets to lose, as read back."),
          make.gauge("segue_link_in_force_rate_bytes_per_second", "The rate as read back; 0: no limit.")};
}

}  // namespace

Families make_families(prometheus::Registry& registry, const std::string& lab) {
  const Maker make{registry, {{"lab", lab}}};
  return {
      .build_info = make.gauge("segue_build_info", "Always 1; the label says which version runs."),
      .nodes = make.gauge("segue_nodes", "Nodes of the lab."),
      .agents_up = make.gauge("segue_agents_up", "Nodes of the lab whose agent answers."),
      .node_up = make.gauge("segue_node_up", "Whether the node's agent answers: 1 or 0."),
      .mobile_attached = make.gauge("segue_mobile_attached", "1 for the access router the mobile is at, else 0."),

      .handovers = make.counter("segue_handovers_total", "Handovers that ended, by outcome."),
      .handovers_judged =
          make.counter("segue_handovers_judged_total", "Handovers that ended, by the verdict on their windows."),
      .handover_completion = make.histogram("segue_handover_completion_seconds",
                                            "From the first step of a complete handover to its last."),
      .handover_expected_completion = make.gauge("segue_handover_expected_completion_seconds",
                                                 "What the analysis of the mechanism says of its completion."),
      .handover_last_completion =
          make.gauge("segue_handover_last_completion_seconds", "Of the last complete handover, exactly."),
      .handover_last_started =
          make.gauge("segue_handover_last_started_timestamp_seconds", "When the last handover began, in Unix time."),
      .handover_route_switch = make.histogram("segue_handover_route_switch_seconds",
                                              "From a route action's decision to the kernel's acknowledgement."),
      .handover_figures = figures(make, record::direction_fields, Times::histograms),
      .handover_missed = make.counter("segue_handover_packets_missed_total",
                                      "Probe packets that a handover lost or delivered too late, by the cause."),
      .signalling_messages = make.counter("segue_signalling_messages_total", "Messages of mechanisms that were sent."),
      .signalling_retransmissions =
          make.counter("segue_signalling_retransmissions_total", "Messages of mechanisms that were sent again."),
      .signalling_failures =
          make.counter("segue_signalling_failures_total", "Handovers that failed, by the step they failed at."),
      .signalling_anomalies =
          make.counter("segue_signalling_anomalies_total", "Messages of mechanisms nobody waited for, or too late."),

      .probe_figures = figures(make, record::flow_fields, Times::gauges),
      .probe_received = make.counter("segue_probe_packets_received_total", "Packets of the probe that arrived."),
      .throughput = make.gauge("segue_throughput_bytes_per_second", "Payload delivered in the probe's last interval."),
      .throughput_received = make.counter("segue_throughput_received_bytes_total", "Payload that the probe delivered."),

      .link_lateness = make.gauge("segue_link_lateness_seconds", "How late the link engine delivered packets."),
      .timer_lateness = make.gauge("segue_timer_lateness_seconds", "How late the agents' timers fired."),
      .cpu_idle = make.gauge("segue_cpu_idle_ratio", "Share of the cores' time that was left over."),
      .verdict_clean =
          make.gauge("segue_verdict_clean", "Whether the machine keeps up: 1 clean, 0 tainted, -1 not known."),
      .verdict_limit_exceeded =
          make.gauge("segue_verdict_limit_exceeded", "Whether this limit of the verdict is exceeded: 1 or 0."),

      .link_info = make.gauge("segue_link_info", "Always 1; the labels say which nodes the link's direction joins."),
      .link_requested = link_requested(make),
      .link_in_force = link_in_force(make),
      .link_queued = make.gauge("segue_link_queued_packets", "Packets that are in the link."),
      .link_figures = figures(make, record::link_fields, Times::gauges),

      .netlink_requests = make.counter("segue_netlink_requests_total", "Netlink requests, by the node they changed."),
      .netlink_errors = make.counter("segue_netlink_errors_total", "Netlink requests that the kernel refused."),
      .netlink_duration = make.histogram("segue_netlink_request_duration_seconds",
                                         "From a netlink request to the kernel's acknowledgement."),
  };
}

}  // namespace segue::metrics
