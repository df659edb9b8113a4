// One direction of a run's call: all its packets, and what is settled of them counted once.
//
// Cost: after() and so_far() go through what was sent since the handover before, and not through the whole call.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "orchestrator/experiment/call.hpp"

namespace segue::experiment {

class CallAccount {
 public:
  void add(const CallRecords& more);

  // The packets of a handover, all of which have arrived or are lost. Windows come in the order of time.
  probe::FlowScore after(const probe::Window& window);
  // What is lost in this one is no handover's.
  void disregard(const probe::Window& window) { open_.push_back(window); }

  // Of all that was sent until now; delays as they were recently. Lost outside: in no window.
  record::FlowTotals so_far() const;
  // At the end, from every packet.
  record::FlowTotals whole() const;
  const CallRecords& records() const noexcept { return all_; }

 private:
  struct Counts {
    probe::FlowScore score;
    std::uint64_t outside = 0;
  };
  Counts counts_until(std::int64_t ns) const;  // of what is not counted yet
  void count_until(std::int64_t ns);

  CallRecords all_;
  CallRecords recent_;  // what is not counted yet, and what came shortly before
  std::vector<probe::Window> every_;
  std::vector<probe::Window> open_;  // of what is not counted yet
  Counts counted_;
  std::int64_t counted_until_ns_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace segue::experiment
