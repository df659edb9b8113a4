// What is measured of one way of a handover, of a probe and of a link, a row each. A new figure is a member of its
// struct and a row here: the JSON between processes, summary.json, a campaign's tables, the metrics and what a live view
// is told of walk these tables.
#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "orchestrator/record/result.hpp"

namespace segue::record {

template <typename Of>
struct Figure {
  using Member = std::variant<std::uint64_t Of::*,  // how many
                              std::int64_t Of::*,   // ns
                              double Of::*>;        // as it is; without end: infinity

  const char* name;  // in JSON and of the column
  Member member;
  const char* meaning;   // of the column; nullptr: there is none
  const char* exported;  // as a metric, times in seconds; nullptr: it is none
  const char* help;
  const char* group = nullptr;  // the object it lies in in summary.json, where it is `key`; nullptr: in none
  const char* key = nullptr;    // nullptr: its name
};

using DirectionField = Figure<DirectionScore>;
using FlowField = Figure<FlowTotals>;
using LinkField = Figure<link::LinkCounters>;

// Metrics are counters, and histograms of times. The columns say "up_" or "down_" before the name, and behind the
// meaning "from the mobile" or "to the mobile".
inline constexpr std::array direction_fields{
    DirectionField{"sent", &DirectionScore::sent, "packets sent in its window",  //
                   "segue_handover_packets_sent_total", "Probe packets sent in the time that belongs to a handover."},
    DirectionField{"lost", &DirectionScore::lost, "packets lost",  //
                   "segue_handover_packets_lost_total", "Probe packets lost to a handover."},
    DirectionField{"duplicated", &DirectionScore::duplicated, "packets duplicated",  //
                   "segue_handover_packets_duplicated_total", "Probe packets that a handover delivered twice."},
    DirectionField{"reordered", &DirectionScore::reordered, "packets overtaken",  //
                   "segue_handover_packets_reordered_total", "Probe packets that a handover delivered out of order."},
    DirectionField{"late", &DirectionScore::late, "packets later than a call can use",  //
                   "segue_handover_packets_late_total",
                   "Probe packets that a handover delivered too late to be played."},
    DirectionField{"interruption_ns", &DirectionScore::interruption_ns,
                   "longest gap between arrivals, less the packet interval",  //
                   "segue_handover_interruption_seconds",
                   "The longest gap in a handover's packets, less the probe's interval."},
    DirectionField{"expected_lost", &DirectionScore::expected_lost, "packets, by the analysis", nullptr, nullptr},
    DirectionField{"delay_p50_ns", &DirectionScore::delay_p50_ns, "one-way delay, median",  //
                   nullptr, nullptr, "one_way_delay_ns", "p50"},
    DirectionField{"delay_max_ns", &DirectionScore::delay_max_ns, "one-way delay, largest",  //
                   nullptr, nullptr, "one_way_delay_ns", "max"},
    DirectionField{"buffered", &DirectionScore::buffered, "packets that waited in a buffer",  //
                   "segue_handover_packets_buffered_total", "Packets that waited in a buffer of a handover's.",
                   "buffer", "held"},
    DirectionField{"buffer_deepest", &DirectionScore::buffer_deepest, "most packets in a buffer at one time",  //
                   nullptr, nullptr, "buffer", "deepest"},
    DirectionField{"buffer_dropped", &DirectionScore::buffer_dropped, "packets that a buffer had no room for",  //
                   "segue_handover_packets_buffer_dropped_total",
                   "Packets that a buffer of a handover's had no room for.", "buffer", "dropped"},
    DirectionField{"buffer_discarded", &DirectionScore::buffer_discarded, "packets discarded from a buffer",  //
                   "segue_handover_packets_buffer_discarded_total", "Packets that a handover discarded from a buffer.",
                   "buffer", "discarded"},
    DirectionField{"buffer_longest_wait_ns", &DirectionScore::buffer_longest_wait_ns,
                   "longest wait in a buffer",  //
                   nullptr, nullptr, "buffer", "longest_wait_ns"},
    DirectionField{"buffer_replayed", &DirectionScore::buffer_replayed, "copies sent again from a window",  //
                   "segue_handover_packets_replayed_total", "Copies that a window of a handover's sent again.",
                   "buffer", "replayed"},
    DirectionField{"completion_ns", &DirectionScore::completion_ns,
                   "from the start of the handover to its completion for packets", nullptr, nullptr},
    DirectionField{"expected_completion_ns", &DirectionScore::expected_completion_ns,
                   "by the critical path, to the completion for packets", nullptr, nullptr},
    DirectionField{"expected_duplicated", &DirectionScore::expected_duplicated, "packets duplicated, by the analysis",
                   nullptr, nullptr},
    DirectionField{"expected_buffered", &DirectionScore::expected_buffered,
                   "packets that waited in a buffer, by the analysis", nullptr, nullptr, "buffer", "expected"},
    DirectionField{"expected_reordered", &DirectionScore::expected_reordered, "packets overtaken, by the analysis",
                   nullptr, nullptr},
    DirectionField{"expected_interruption_ns", &DirectionScore::expected_interruption_ns,
                   "longest gap between arrivals, less the packet interval, by the analysis", nullptr, nullptr},
    DirectionField{"expected_buffer_deepest", &DirectionScore::expected_buffer_deepest,
                   "most packets in a buffer at one time, by the analysis", nullptr, nullptr, "buffer",
                   "expected_deepest"},
    DirectionField{"expected_buffer_dropped", &DirectionScore::expected_buffer_dropped,
                   "packets that a buffer had no room for, by the analysis", nullptr, nullptr, "buffer",
                   "expected_dropped"},
    DirectionField{"expected_buffer_longest_wait_ns", &DirectionScore::expected_buffer_longest_wait_ns,
                   "longest wait in a buffer, by the analysis", nullptr, nullptr, "buffer",
                   "expected_longest_wait_ns"}};

// What of these the analysis has a figure for, beside which it is printed and to which it is held: of calls, whose
// packets the analysis is of. Losses are not among them: they have columns of their own in the first table of all.
struct Analysed {
  const char* name;
  DirectionField::Member measured;
  double DirectionScore::*expected;
  bool time;  // in nanoseconds; else packets
};

inline constexpr std::array analysed_figures{
    Analysed{"interruption", &DirectionScore::interruption_ns, &DirectionScore::expected_interruption_ns, true},
    Analysed{"overtaken", &DirectionScore::reordered, &DirectionScore::expected_reordered, false},
    Analysed{"doubled", &DirectionScore::duplicated, &DirectionScore::expected_duplicated, false},
    Analysed{"waited", &DirectionScore::buffered, &DirectionScore::expected_buffered, false},
    Analysed{"deepest", &DirectionScore::buffer_deepest, &DirectionScore::expected_buffer_deepest, false},
    Analysed{"longest wait", &DirectionScore::buffer_longest_wait_ns, &DirectionScore::expected_buffer_longest_wait_ns,
             true},
    Analysed{"no room", &DirectionScore::buffer_dropped, &DirectionScore::expected_buffer_dropped, false}};

// Metrics are counters, and gauges of what is no number of packets. Of these a campaign has two, as columns of its runs.
inline constexpr std::array flow_fields{
    FlowField{"sent", &FlowTotals::sent, nullptr,  //
              "segue_probe_packets_sent_total", "Packets that the probe sent."},
    FlowField{"lost", &FlowTotals::lost, nullptr,  //
              "segue_probe_packets_lost_total", "Packets of the probe that did not arrive."},
    FlowField{"lost_outside", &FlowTotals::lost_outside, nullptr,  //
              "segue_probe_packets_lost_outside_handovers_total",
              "Packets of the probe that were lost, and by no handover.", nullptr, "lost_outside_handovers"},
    FlowField{"duplicated", &FlowTotals::duplicated, nullptr,  //
              "segue_probe_packets_duplicated_total", "Packets of the probe that arrived again."},
    FlowField{"reordered", &FlowTotals::reordered, nullptr,  //
              "segue_probe_packets_reordered_total", "Packets of the probe that arrived out of order."},
    FlowField{"late", &FlowTotals::late, nullptr,  //
              "segue_probe_packets_late_total", "Packets of the probe that arrived too late to be played."},
    FlowField{"delay_mean_ns", &FlowTotals::delay_mean_ns, nullptr,  //
              "segue_probe_delay_seconds", "The probe's present one-way delay.", "one_way_delay_ns", "mean"},
    FlowField{"delay_p99_ns", &FlowTotals::delay_p99_ns, nullptr, nullptr, nullptr, "one_way_delay_ns", "p99"},
    FlowField{"jitter_ns", &FlowTotals::jitter_ns, nullptr,  //
              "segue_probe_jitter_seconds", "The probe's present interarrival jitter (RFC 3550)."},
    FlowField{"r_factor", &FlowTotals::r_factor, nullptr,  //
              "segue_probe_r_factor", "The E-model's transmission rating, 0 to 100 (G.107)."},
    FlowField{"mos", &FlowTotals::mos, nullptr,  //
              "segue_probe_mos", "The mean opinion score that follows from it, 1 to 4.5 (G.107)."}};

// Metrics are counters. The first four are in summary.json too.
inline constexpr std::size_t link_fields_in_summary = 4;
inline constexpr std::array link_fields{
    LinkField{"packets", &link::LinkCounters::packets, "taken in",  //
              "segue_link_packets_total", "Packets that a link took in."},
    LinkField{"delivered", &link::LinkCounters::delivered, "packets",  //
              "segue_link_packets_delivered_total", "Packets that a link delivered."},
    LinkField{"lost", &link::LinkCounters::lost, "packets, on purpose",  //
              "segue_link_packets_lost_total", "Packets that a link's loss took."},
    LinkField{"dropped", &link::LinkCounters::dropped, "packets, the queue being full",  //
              "segue_link_packets_dropped_total", "Packets that found a link's queue full."},
    LinkField{"duplicated", &link::LinkCounters::duplicated, "packets",  //
              "segue_link_packets_duplicated_total", "Packets that a link doubled."},
    LinkField{"reordered", &link::LinkCounters::reordered, "packets",  //
              "segue_link_packets_reordered_total", "Packets that a link let overtake."},
    LinkField{"corrupted", &link::LinkCounters::corrupted, "packets",  //
              "segue_link_packets_corrupted_total", "Packets in which a link flipped a bit."},
    LinkField{"bytes", &link::LinkCounters::bytes, "delivered",  //
              "segue_link_delivered_bytes_total", "Bytes that a link delivered."}};

// Calls `visit(value)` with the figure, of whichever type it is.
template <typename Of, typename Visit>
void visit_figure(const Figure<Of>& figure, Of& of, Visit visit) {
  std::visit([&](const auto member) { visit(of.*member); }, figure.member);
}
template <typename Of, typename Visit>
void visit_figure(const Figure<Of>& figure, const Of& of, Visit visit) {
  std::visit([&](const auto member) { visit(of.*member); }, figure.member);
}

// The figures as members of a JSON object, each under its name.
template <typename Json, typename Of, std::size_t n>
void put_figures(Json& json, const std::array<Figure<Of>, n>& figures, const Of& of) {
  for (const auto& figure : figures) visit_figure(figure, of, [&](auto value) { json[figure.name] = value; });
}

}  // namespace segue::record
