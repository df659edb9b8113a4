// The iperf probes between two nodes of a lab: iperf 2 from the mobile to the correspondent, counted where it arrives.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/experiment/probe_session.hpp"
#include "orchestrator/lab/lab.hpp"

namespace segue::experiment {

class Flow {
 public:
  // Returns when the server listens and the client runs. Throws Error; MachineError if iperf is missing.
  Flow(lab::Lab& lab, const ProbeEnds& ends, bool udp, Delay duration);

  Instant origin() const noexcept { return origin_; }
  Delay settling_time() const { return iperf_settling_time(ends_.longest_way); }

  // The bins since the last time. Their times are from the start of the flow as its server has it, which is at
  // server_start_ns() from the origin: an estimate that gets better with every bin.
  std::vector<record::ThroughputBin> collect();
  std::int64_t server_start_ns() const noexcept { return server_start_ns_; }
  void stop_sending();
  // Ends both. Returns the bins that were left, and fills in what they complained of.
  std::vector<record::ThroughputBin> stop(std::string& failure);
  bool ended() const noexcept { return ended_; }  // by itself, as seen at the last collection

 private:
  std::vector<record::ThroughputBin> take(const protocol::IperfRecords& records);

  lab::Lab& lab_;
  ProbeEnds ends_;
  bool udp_;
  Instant origin_{};
  std::int64_t server_start_ns_ = 0;
  bool ended_ = false;
};

}  // namespace segue::experiment
