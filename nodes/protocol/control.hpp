// What the orchestrator and an agent say to each other over the socket pair between them.
//
// A request carries a number above 0 and is answered by one report of that number: what was asked for, Done, or Failed.
// Reports of number 0 come unasked: Ready, PlanReport, Anomaly. One packet of the SOCK_SEQPACKET pair is one message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "nodes/base/late_log.hpp"
#include "nodes/protocol/plan.hpp"
#include "nodes/protocol/sighting.hpp"

namespace segue::protocol {

// Requests ------------------------------------------------------------------------------------------------------------

struct Ping {};  // -> Done

struct Prepare {  // -> Done: every request to the kernel is built, the plan waits for Begin
  Plan plan;
};

struct Begin {  // -> Done; PlanReport when the node's part has ended
  std::uint64_t handover = 0;
  std::int64_t at_ns = 0;
};

struct Abandon {  // -> Done: the handover has failed elsewhere
  std::uint64_t handover = 0;
};

struct Apply {  // -> Done: outside of handovers; routes, neighbours and windows
  std::vector<Action> actions;
};

struct StartCall {  // -> Done: the voip probe's end at this node sends and receives
  Address local;
  Address remote;
  std::uint16_t port = 0;
  std::int64_t interval_ns = 0;
  std::uint16_t payload = 0;      // bytes
  std::uint32_t flow = 0;         // the number in what this end sends
  std::uint32_t remote_flow = 0;  // and in what it takes for the other end's
  std::int64_t first_ns = 0;      // instant of the first packet
};

struct CollectCall {  // -> CallRecords, as often as its `more` says
  bool stop_sending = false;
};

struct WatchCalls {};  // -> Done: from now on packets of calls are seen at this node

struct ReadSightings {  // -> Sightings, of these packets of one direction of a call
  std::uint32_t flow = 0;
  std::vector<std::uint64_t> sequences;
  std::int64_t forget_ns = 0;  // what was seen for the last time before is asked for by nobody any more
};

struct StartIperf {  // -> Done once a server listens, or a client runs; one of UDP and one of TCP at a node
  bool server = false;
  bool udp = false;
  Address local;
  Address remote;
  std::uint16_t port = 0;
  std::uint32_t window = 0;  // bytes, TCP
  std::uint64_t rate = 0;    // bit/s, UDP
  std::int64_t interval_ns = 0;
  std::int64_t duration_ns = 0;
};

struct CollectIperf {  // -> IperfRecords, the bins since the last collection
  bool udp = false;
  bool stop = false;
};

struct ReadStatistics {         // -> NodeStatistics
  bool restart_timers = false;  // the lateness of timers is counted anew from now on
};

struct ReadLate {};  // -> Late

using Request = std::variant<Ping, Prepare, Begin, Abandon, Apply, StartCall, CollectCall, StartIperf, CollectIperf,
                             ReadStatistics, ReadLate, WatchCalls, ReadSightings>;

// Reports -------------------------------------------------------------------------------------------------------------

struct Ready {
  int pid = -1;
};
struct Done {};
struct Failed {
  std::string what;
  int exit_code = 1;
};

struct CallPacket {  // sequence, instants
  std::uint64_t sequence = 0;
  std::int64_t sent_ns = 0;
  std::int64_t received_ns = 0;  // 0 in `sent`
};

struct CallRecords {  // since the last collection
  std::vector<CallPacket> sent;
  std::vector<CallPacket> received;
  bool more = false;
};

struct Sightings {
  std::vector<Sighting> seen;
  std::uint64_t missed = 0;  // packets that there was no room for since the last report
};

struct IperfBin {
  std::int64_t t_ns = 0;  // its begin, from the start of the flow
  std::int64_t length_ns = 0;
  std::uint64_t bits_per_second = 0;  // of payload
  std::int64_t lost = 0;              // UDP at the server: datagrams; 0 elsewhere
  std::int64_t total = 0;             // received and lost together
  friend bool operator==(const IperfBin&, const IperfBin&) = default;
};

struct IperfRecords {
  std::int64_t started_ns = 0;
  std::vector<IperfBin> bins;
  bool running = false;
  std::string failure;
};

struct NodeStatistics {
  std::uint64_t netlink_requests = 0;
  std::uint64_t netlink_errors = 0;
  std::int64_t netlink_ns = 0;                  // all requests together
  std::vector<std::uint64_t> netlink_latency;   // log2 buckets of nanoseconds
  std::vector<std::int64_t> timer_lateness_ns;  // p50, p99, max
  std::uint64_t timers = 0;
};

struct Late {  // timers, and messages from the kernel's stamp, until they had been dealt with
  LateEvents what;
};

using Report = std::variant<Ready, Done, Failed, PlanReport, BufferReport, Anomaly, CallRecords, IperfRecords,
                            NodeStatistics, Late, Sightings>;

// Codec: throws Error if the bytes are no message of this version.
std::string encode(std::uint64_t number, const Request& request);
std::string encode(std::uint64_t number, const Report& report);
std::pair<std::uint64_t, Request> decode_request(std::string_view bytes);
std::pair<std::uint64_t, Report> decode_report(std::string_view bytes);

}  // namespace segue::protocol
