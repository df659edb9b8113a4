// What a handover ought to do, from the delays alone: the critical path of its mechanism, and the packets lost
// meanwhile.
//
// The analysis takes every link at its delay and rate, without jitter, loss or queues, and every route action at the
// instant its step is done. Losses are the measure of the send times whose packet does not arrive, found exactly:
// between two breakpoints (an action's instant less the way to its node) nothing changes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nodes/base/clock.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/mobility/packet_stream.hpp"
#include "orchestrator/mobility/passage.hpp"

namespace segue::mobility {

struct Expectation {
  // By step of the mechanism as this handover has it (expand.hpp), from its start.
  std::vector<Nanoseconds> sent;
  std::vector<Nanoseconds> received;
  std::vector<Nanoseconds> done;
  Nanoseconds completion{0};  // the later of both directions'
  Nanoseconds completion_uplink{0};
  Nanoseconds completion_downlink{0};
  unsigned messages = 0;  // sent before the handover is complete
  // How long what is sent is lost, as far as buffers have room; Nanoseconds::max() for a direction that does not work
  // before or does not come back.
  Nanoseconds outage_uplink{0};
  Nanoseconds outage_downlink{0};
  // Of the packets, with one sent every probe interval; what is lost for ever is infinity.
  StreamFigures uplink;
  StreamFigures downlink;
  // The longest that a packet of either direction is under way, before, during and after.
  Delay longest_way{0};
  // From this send time on, from the start of the handover, packets of both directions fare as they do for good.
  Nanoseconds settled{0};
  // Of an outage without end: which node ends what, and why it never comes back. Empty where there is none.
  std::string dead_end;
};

// Between the mobile and the first node with the role of a correspondent (without one, nothing is lost). Throws
// InputError when the mechanism does not fit the topology.
Expectation expect(const Geography& geography, const config::Mechanism& mechanism, const Binding& binding,
                   const DataFlow& data);

// The same where messages cross the links of one network and data those of another, which differ in their delays alone.
Expectation expect(const Geography& of_messages, const Geography& of_data, const config::Mechanism& mechanism,
                   const Binding& binding, const DataFlow& data);

// The way of data packets during that handover; times from its start. Of the first correspondent, which there has to
// be.
Passage passage_of(const Geography& geography, const config::Mechanism& mechanism, const Binding& binding,
                   const DataFlow& data);

// The longest that a packet of the mobile's is under way, in any handover between two of its access routers.
Delay longest_way(const Geography& geography, const config::Mechanism& mechanism, std::size_t mobile,
                  const DataFlow& data);

}  // namespace segue::mobility
