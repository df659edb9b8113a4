// What a running lab tells Prometheus.
//
// API: one Metrics per lab; construct it in the home network namespace, before or after the agents. What the record
// has comes in, HTTP goes out: GET /metrics, text format 0.0.4. Names and units follow Prometheus's conventions (base units:
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
// Two kinds of input: events (handover) are added; totals (all the rest that is counted) are absolute values of a source
// that counts for itself, often in another process, and the counters advance to them. A total that falls means that
// its source started anew: report zeros when a source starts, or what it counted before the first report may be lost.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nodes/base/clock.hpp"
#include "orchestrator/record/result.hpp"

namespace segue::metrics {

enum class Direction : std::uint8_t { uplink, downlink };

using Subject = std::pair<std::string, std::string>;  // mechanism, mobile
using Flow = std::pair<Subject, Direction>;

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

  // `measured`: a probe ran, and counted both directions. `started`: Unix time in seconds; 0: not known. Of one that is
  // tainted nothing is told but that there was one.
  void handover(const std::string& mechanism, const record::Scorecard& card, bool measured, double started);
  void probe(const Flow& flow, const record::FlowTotals& totals);
  void throughput(const Subject& subject, const record::ThroughputTotals& totals);
  void netlink(const NetlinkTotals& totals);
  void link(std::size_t source, const record::LinkRow& row);
  void emulator_lateness(const record::Quantiles& lateness);
  void timer_lateness(const record::Quantiles& lateness);
  void health(double cpu_idle, const record::Judgement& judgement);  // cpu_idle: 0 to 1, of all cores
  void nodes(const std::vector<record::NodeRow>& nodes);             // all of the lab
  void attached(const std::string& mobile, const std::string& router, const std::vector<std::string>& routers);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace segue::metrics
