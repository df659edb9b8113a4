// When the steps of a handover happen by the delays alone: each as soon as what it waits for allows.
#pragma once

#include <cstddef>
#include <vector>

#include "nodes/base/clock.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/mobility/forwarding.hpp"

namespace segue::mobility {

// By step of the mechanism, from the start of the handover. A wait that is drawn at random is as long as its mean.
struct Schedule {
  std::vector<Nanoseconds> sent;
  std::vector<Nanoseconds> received;
  std::vector<Nanoseconds> done;
  std::vector<std::size_t> waited_for;  // the step that it had to wait for longest; npos: it begins with the handover
};

// A link that a message crosses, from one of its nodes.
struct Crossing {
  std::size_t link;
  std::size_t from;
  Delay takes;
};

// By the message of a step in their order, or by the confirmation that comes back for it; none for a local step. Throws
// InputError where there is no path.
std::vector<Crossing> crossings_of(const Geography& geography, const config::Mechanism& mechanism,
                                   const Binding& binding, std::size_t step, bool confirmation = false);

// Throws InputError when the mechanism does not fit the topology.
Schedule schedule_of(const Geography& geography, const config::Mechanism& mechanism, const Binding& binding);

// How long the last acknowledgement of a mobile's link layer is under way to a router that it leaves.
Delay last_acknowledgement(const config::Topology& topology, std::size_t mobile, std::size_t router);

}  // namespace segue::mobility
