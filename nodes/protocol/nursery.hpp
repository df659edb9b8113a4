// What the orchestrator asks of the nursery, the process that agents are born of (nodes/agent/nursery.hpp).
#pragma once

#include <cstdint>
#include <optional>

#include "nodes/base/fd.hpp"

namespace segue::protocol {

struct Birth {
  std::uint32_t node = 0;  // its number in the lab
  Fd control;              // what the agent serves on
  Fd space;                // the network namespace it enters
};

// Throws Error when the nursery is gone. Waits while its queue is full.
void ask_for(int nursery, std::uint32_t node, int control, int space);

// Waits for the next; nothing when the orchestrator has closed its end.
std::optional<Birth> next_birth(int orchestrator);

}  // namespace segue::protocol
