// What a handover ought to do, from the delays alone: the critical path of its mechanism, and the packets lost
// meanwhile.
//
// The analysis takes every link at its delay, without jitter, loss or queues, and every route action at the instant its
// step is done. Losses are the measure of the send times whose packet does not arrive, found exactly: between two
// breakpoints (an action's instant less the way to its node) nothing changes.
#pragma once

#include <cstddef>
#include <vector>

#include "nodes/base/clock.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/routes.hpp"
#include "orchestrator/config/topology.hpp"

namespace segue::mobility {

// The nodes of one handover.
struct Binding {
  std::size_t mobile = config::npos;
  std::size_t old_router = config::npos;
  std::size_t new_router = config::npos;
};

struct Expectation {
  // By step, from the start of the handover.
  std::vector<Nanoseconds> sent;
  std::vector<Nanoseconds> received;
  std::vector<Nanoseconds> done;
  Nanoseconds completion{0};
  unsigned messages = 0;  // sent before the handover is complete
  // How long what is sent is lost; Nanoseconds::max() for a direction that does not work before or does not come back.
  Nanoseconds outage_uplink{0};
  Nanoseconds outage_downlink{0};
  // Packets, with one sent every probe interval; infinity where the outage has no end.
  double lost_uplink = 0;
  double lost_downlink = 0;
};

// Between the mobile and the first node with the role of a correspondent (without one, nothing is lost). Throws
// InputError when the mechanism does not fit the topology.
Expectation expect(const config::Topology& topology, const config::Paths& paths, const config::Mechanism& mechanism,
                   const Binding& binding, Delay probe_interval);

}  // namespace segue::mobility
