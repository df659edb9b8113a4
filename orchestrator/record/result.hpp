// What a run measured: plain values that travel from the process that ran a lab to the one that reports it.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/link/impairment.hpp"
#include "orchestrator/record/words.hpp"

namespace segue::record {

// Where packets went that somebody missed, how many, and why. A place is a node, or a link in one direction: "map>ar1".
struct Missed {
  std::string place;
  Cause cause = Cause::unknown;
  std::uint64_t count = 0;
  friend bool operator==(const Missed&, const Missed&) = default;
};

// One way of one handover, as its probe saw it. Delays and jitter in nanoseconds.
struct DirectionScore {
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t late = 0;
  std::int64_t completion_ns = 0;  // when the handover was complete for this way; 0: it failed
  std::int64_t expected_completion_ns = 0;
  std::int64_t interruption_ns = 0;  // longest gap between arrivals, less the packet interval
  double expected_lost = 0;          // what the analysis of the mechanism says
  std::int64_t delay_p50_ns = 0;     // one way
  std::int64_t delay_max_ns = 0;
  std::uint64_t buffered = 0;  // packets that waited in a buffer of the mechanism's, with those of other flows
  std::uint64_t buffer_deepest = 0;
  std::uint64_t buffer_dropped = 0;  // for which there was no room
  std::uint64_t buffer_discarded = 0;
  std::int64_t buffer_longest_wait_ns = 0;
  std::uint64_t buffer_replayed = 0;  // copies that a window sent
  // What the analysis says, as the mean over all moments at which a handover may begin between two packets.
  double expected_buffered = 0;
  double expected_duplicated = 0;
  double expected_reordered = 0;
  double expected_interruption_ns = 0;
  double expected_buffer_deepest = 0;
  double expected_buffer_dropped = 0;
  double expected_buffer_longest_wait_ns = 0;
  // All that were lost or late, most first: their counts are those of `lost` and `late` together.
  std::vector<Missed> missed;
};

// One direction of a whole run.
struct FlowTotals {
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;
  std::uint64_t lost_outside = 0;  // in no handover's window
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t late = 0;
  std::int64_t delay_mean_ns = 0;
  std::int64_t delay_p99_ns = 0;
  std::int64_t jitter_ns = 0;  // RFC 3550
  double r_factor = 0;         // ITU-T G.107
  double mos = 0;
  std::vector<Missed> missed;  // of what is settled: those lost or late
};

struct StepTimes {  // from the start of the handover
  std::string name;
  std::string from;  // as the mechanism names them: roles, which every handover binds to nodes, or nodes
  std::string to;
  std::string message;
  int layer = 0;
  std::int64_t sent_ns = 0;
  std::int64_t received_ns = 0;
  std::int64_t done_ns = 0;
  std::int64_t expected_done_ns = 0;
  std::int64_t route_ns = 0;
  std::uint32_t transmissions = 0;
};

// What one handover did.
struct Scorecard {
  std::uint32_t index = 0;               // in the run
  std::uint32_t slot = 0;                // which of the handovers asked for this is; of those tainted there are several
  Verdict verdict = Verdict::not_known;  // on what happened in its window
  std::vector<std::string> reasons;
  std::vector<std::string> limits;  // those exceeded, by their names in verdict.hpp
  std::string mobile;
  std::string from;
  std::string to;
  std::int64_t started_ns = 0;       // from the start of the run's experiment
  std::int64_t window_begin_ns = 0;  // likewise: when the first packet it concerns was sent
  std::int64_t window_end_ns = 0;    // likewise: by when the last one can have arrived
  Outcome outcome = Outcome::failed;
  std::string failure;             // step, node and reason
  std::string failed_step;         // its name, if it was a step that failed
  std::int64_t completion_ns = 0;  // the later of both ways
  std::int64_t expected_completion_ns = 0;
  std::string dead_end;        // where packets end for ever by the analysis, and why; empty: nowhere
  std::uint32_t messages = 0;  // of the mechanism, up to the completion
  std::uint32_t retransmissions = 0;
  std::int64_t route_switch_ns = 0;            // median of route_actions_ns
  std::vector<std::int64_t> route_actions_ns;  // decision to acknowledgement, every action of the handover
  std::vector<std::string> anomalies;
  std::vector<StepTimes> steps;
  DirectionScore uplink;
  DirectionScore downlink;
};

struct Quantiles {
  std::int64_t p50 = 0;
  std::int64_t p99 = 0;
  std::int64_t max = 0;
  std::uint64_t count = 0;
};

struct LinkTerms {  // the part of an impairment that is a number of its own
  std::int64_t delay_ns = 0;
  double loss = 0;                    // long-term share of packets
  std::uint64_t bits_per_second = 0;  // 0: no limit
};

struct LinkRow {  // one direction of one link: asked, in force, done
  std::string link;
  std::string direction;  // "map>ar1"
  std::string requested;
  std::string realised;
  LinkTerms asked;
  LinkTerms in_force;
  link::LinkCounters counters;
  std::uint64_t queued = 0;  // taken in, and neither delivered nor lost yet
};

// What is told of a packet besides its times. Places are empty where nothing of the kind happened.
struct PacketFate {
  std::optional<Cause> cause;  // of its being lost, or late
  std::string place;           // where that was
  std::string held_at;         // the last buffer that it waited in
  std::string copied_at;       // where it became two
  std::string forwarded_at;    // the access router that led it to another one
  bool reordered = false;      // one that was sent later arrived before it
  bool remarkable() const noexcept {
    return cause || !held_at.empty() || !copied_at.empty() || !forwarded_at.empty() || reordered;
  }
};

struct ProbePacket {  // a row of the voip CSV; received_ns is 0 if it was lost
  std::uint64_t sequence = 0;
  std::int64_t sent_ns = 0;
  std::int64_t received_ns = 0;
  PacketFate fate{};
};

struct ThroughputBin {    // what arrived at the server
  std::int64_t t_ns = 0;  // its begin, from the start of the run's experiment
  std::int64_t length_ns = 0;
  std::uint64_t bits_per_second = 0;
  std::int64_t lost = 0;  // UDP datagrams
  std::int64_t total = 0;
};

// Payload that arrived in it.
inline std::uint64_t bytes_in(const ThroughputBin& bin) {
  const double bits = static_cast<double>(bin.bits_per_second) * static_cast<double>(bin.length_ns) / 1e9;
  return static_cast<std::uint64_t>(std::llround(bits / 8));
}

struct RunResult {
  std::string mechanism;
  std::string title;
  std::string probe;
  int family = 6;  // of its packets: 4 or 6
  std::string engine;
  std::string kernel;  // name and release
  std::uint64_t seed = 0;
  std::uint32_t handovers_asked = 0;
  Verdict verdict = Verdict::not_known;  // that follows from the handovers'
  std::vector<std::string> reasons;
  std::int64_t origin_ns = 0;  // time zero of the experiment, of segue::Clock
  Quantiles emulator;          // the link engine's own lateness
  Quantiles timers;            // the agents'
  double idle_share = 1.0;     // of the cores, over the run
  std::int64_t experiment_ns = 0;
  std::int64_t wall_ns = 0;
  std::vector<Scorecard> handovers;
  FlowTotals uplink;
  FlowTotals downlink;
  std::vector<ThroughputBin> throughput;
  std::vector<LinkRow> links;
  std::vector<ProbePacket> uplink_packets;
  std::vector<ProbePacket> downlink_packets;
  std::uint64_t netlink_requests = 0;
  std::uint64_t netlink_errors = 0;
};

struct NetlinkRow {  // an agent's routing socket, since it was opened
  std::string node;
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::int64_t total_ns = 0;
  std::vector<std::uint64_t> latency;  // by powers of two of nanoseconds
};

struct NodeRow {
  std::string node;
  std::string role;
  bool up = true;  // its agent answers
};

struct ThroughputTotals {
  std::string probe;
  std::uint64_t bits_per_second = 0;  // of the last whole bin
  std::uint64_t bytes = 0;            // that have arrived since the probe started
};

struct Judgement {
  Verdict verdict = Verdict::not_known;
  std::vector<std::string> reasons;
  std::vector<std::string> limits;  // those exceeded, by their names in verdict.hpp
};

// How a lab is doing: a run's after each handover, from its start; one that stays up, since the sample before.
struct Sample {
  bool with_call = false;  // the next two are of a voip probe
  FlowTotals uplink;
  FlowTotals downlink;
  std::vector<ThroughputTotals> throughput;
  Quantiles emulator;
  Quantiles timers;
  double idle_share = 1.0;  // of the cores
  Judgement verdict;
  std::string mobile;
  std::string attached;              // the access router it is at
  std::vector<std::string> routers;  // those it can be at
  std::vector<NodeRow> nodes;
  std::vector<LinkRow> links;
  std::vector<NetlinkRow> netlink;
};

// JSON, for the way between processes and into files. from_json throws Error.
std::string to_json(const Scorecard& scorecard);
std::string to_json(const RunResult& result);
std::string to_json(const Sample& sample);
Scorecard scorecard_from_json(std::string_view text);
RunResult result_from_json(std::string_view text);
Sample sample_from_json(std::string_view text);

}  // namespace segue::record
