// What a running lab tells Prometheus.
//
// API: one Metrics per lab; construct it in the home network namespace, before or after the agents. Plain structs come
// in, HTTP goes out: GET /metrics, text format 0.0.4. Names and units follow Prometheus's conventions (base units:
// seconds and bytes; `promtool check metrics` has nothing to say); every series carries the label `lab`.
// Threading: every member may be called from any thread. The exposition's two threads start with all signals blocked,
// so that signals stay with the main thread, and stay in the namespace of the thread that called the constructor; the
// destructor belongs there too.
// Errors: the constructor throws InputError for a wish that is no address of this machine; nothing else throws.
// Cost: a recording is one lock and a look-up; the first of its kind also makes its series.
//
// Several sources may feed the same series: labs of one topology side by side. Counters then sum them up, gauges are of
// the last that reported.
//
// Two kinds of input: events (handover) are added; totals (everything named *Totals) are absolute values of a source
// that counts for itself, often in another process, and the counters advance to them. A total that falls means that
// its source started anew: report zeros when a source starts, or what it counted before the first report may be lost.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/base/units.hpp"
#include "nodes/link/impairment.hpp"

namespace segue::metrics {

enum class Direction : std::uint8_t { uplink, downlink };
enum class Outcome : std::uint8_t { complete, failed };

// What one handover cost the probe in one direction.
struct HandoverDirection {
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t late = 0;
  Delay interruption{0};  // the longest gap less the probe's interval
};

// The signalling of one step of a mechanism in one handover.
struct StepSignalling {
  std::string step;  // its name
  std::uint64_t messages = 0;
  std::uint64_t retransmissions = 0;
  bool failed = false;
};

// Whether a machine left alone what it measured; with the value it has as a series.
enum class Verdict { not_known = -1, tainted = 0, clean = 1 };

struct HandoverFinished {
  std::string mechanism;
  std::string mobile;
  Outcome outcome = Outcome::complete;
  double started = 0;     // Unix time in seconds; 0: not known
  Delay completion{0};    // observed for complete ones only
  Delay expected{0};      // 0: not known
  Delay route_switch{0};  // decision to acknowledgement; 0: none was measured
  std::vector<StepSignalling> steps;
  std::uint64_t anomalies = 0;
  Verdict verdict = Verdict::clean;  // tainted: it is counted, and nothing else is told of it
  bool measured = false;             // a probe ran, and the two directions below are its
  HandoverDirection uplink;
  HandoverDirection downlink;
};

// A packet probe's one direction since the probe started.
struct ProbeTotals {
  std::string mechanism;
  std::string mobile;
  Direction direction = Direction::uplink;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t late = 0;
  std::uint64_t lost_outside = 0;  // of those lost: by no handover
};

// How the same direction is doing at the moment.
struct ProbeQuality {
  std::string mechanism;
  std::string mobile;
  Direction direction = Direction::uplink;
  Delay one_way_delay{0};
  Delay jitter{0};      // RFC 3550
  double r_factor = 0;  // ITU-T G.107
  double mos = 0;       // 1 to 4.5
};

// A flow's payload at its receiver.
struct ThroughputTotals {
  std::string probe;
  std::string mechanism;
  std::string mobile;
  Rate rate;                // of the last whole interval
  std::uint64_t bytes = 0;  // since the probe started
};

struct Node {
  std::string name;
  std::string role;
  bool up = true;
};

// Whether the machine keeps up with the lab.
struct Health {
  double cpu_idle = 1;  // 0 to 1, of all cores
  Verdict verdict = Verdict::clean;
  std::vector<std::string> known_limits;  // by name
  std::vector<std::string> limits_exceeded;
};

// Lateness of what ought to have happened on time: its median, 99th percentile and maximum.
struct Lateness {
  Delay p50{0};
  Delay p99{0};
  Delay max{0};
};

// One node's netlink socket since it was opened. `latency_counts` has one entry a bound, and one for what is above.
struct NetlinkTotals {
  std::size_t source = 0;
  std::string node;
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::vector<Delay> latency_bounds;  // ascending upper bounds, the same for every node: one histogram has them all
  std::vector<std::uint64_t> latency_counts;
  Delay latency_sum{0};
};

struct LinkTerms {
  Delay delay{0};
  double loss = 0;  // long-term share of packets
  Rate rate;        // 0: no limit
};

// One direction of a link, named by the node that sends in it.
struct LinkTotals {
  std::size_t source = 0;
  std::string link;
  std::string from;
  std::string to;
  LinkTerms requested;
  LinkTerms in_force;
  std::uint64_t queued = 0;  // packets in the link
  link::LinkCounters counters;
};

// A value under its name and labels, as the text format writes them: segue_agents_up{lab="prompt"}.
struct Series {
  std::string name;
  double value = 0;
};

// A family as it is at a moment, its series by name.
struct Snapshot {
  std::string name;
  std::string type;  // "counter", "gauge" or "histogram"
  std::string help;
  std::vector<Series> series;
};

class Metrics {
 public:
  // Does not listen: for snapshot() alone.
  Metrics(const std::string& lab, const std::string& version);
  // Listens on `listen` ("127.0.0.1:9464", IPv4; port 0 for a free one), or on a free port of the same address if that
  // port cannot be had.
  Metrics(const std::string& listen, const std::string& lab, const std::string& version);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  std::string address() const;             // what was bound: "127.0.0.1:9464"; empty if it does not listen
  std::vector<Snapshot> snapshot() const;  // families by name, those without series left out

  void handover(const HandoverFinished& handover);
  void probe(const ProbeTotals& totals);
  void probe(const ProbeQuality& quality);
  void throughput(const ThroughputTotals& totals);
  void netlink(const NetlinkTotals& totals);
  void link(const LinkTotals& totals);
  void emulator_lateness(const Lateness& lateness);
  void timer_lateness(const Lateness& lateness);
  void health(const Health& health);
  void nodes(const std::vector<Node>& nodes);  // all of the lab
  void attached(const std::string& mobile, const std::string& router, const std::vector<std::string>& routers);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace segue::metrics
