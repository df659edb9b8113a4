// A probe while its run goes on: started before the first handover, looked at after each, and summed up at the end.
#pragma once

#include <memory>
#include <string_view>

#include "nodes/probe/score.hpp"
#include "orchestrator/experiment/handover.hpp"
#include "orchestrator/lab/lab.hpp"
#include "orchestrator/record/result.hpp"

namespace segue::experiment {

enum class Probe { voip, iperf_tcp, iperf_udp };

class ProbeSession {
 public:
  virtual ~ProbeSession() = default;

  virtual Instant origin() const = 0;  // the experiment's time zero: the probe's first packet
  // How long after a handover's end its packets may still be on their way.
  virtual Delay settling_time() const = 0;
  // Fills in the probe's part of the scorecard.
  virtual void after_handover(const Account& account, record::Scorecard& card) = 0;
  // Something else than a handover was done to the routes: what is lost by it is no one's.
  virtual void disregard(Instant begin, Instant end) = 0;
  virtual void sample(record::Sample& sample) = 0;
  // Ends the probe; once what is on its way has arrived, finish() sums up.
  virtual void stop() = 0;
  virtual void finish(record::RunResult& result) = 0;
};

// Between a mobile node and the correspondent. Throws Error; MachineError if iperf is missing.
struct ProbeEnds {
  std::size_t mobile = 0;
  std::size_t correspondent = 0;
  Delay longest_way{0};  // that a packet between them may be under way, whatever the mechanism does
  Family family = Family::ipv6;
};
Delay voip_settling_time(Delay one_way);
Delay iperf_settling_time(Delay one_way);
std::unique_ptr<ProbeSession> start_voip(lab::Lab& lab, const ProbeEnds& ends);
std::unique_ptr<ProbeSession> start_iperf(lab::Lab& lab, const ProbeEnds& ends, bool udp, Delay duration);

// The correspondent of a lab: the node of that role. Throws InputError if there is none.
std::size_t correspondent_of(const config::Topology& topology);

// A node's own address of that family. Throws InputError if it has none, with what to do.
Address probed_address(const config::Topology& topology, std::size_t node, Family family);

std::string_view to_text(Probe probe);

constexpr Delay voip_interval{20'000'000};
constexpr std::uint16_t voip_payload = 160;  // bytes: G.711, 20 ms
// On a link: with headers of UDP, IP and Ethernet.
constexpr mobility::DataFlow voip_flow_over(Family family) {
  return {voip_interval, voip_payload + 8U + (family == Family::ipv4 ? 20 : 40) + 14, family};
}
constexpr mobility::DataFlow voip_flow = voip_flow_over(Family::ipv6);
constexpr Delay iperf_bin{500'000'000};

}  // namespace segue::experiment
