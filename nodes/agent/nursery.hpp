// Where agents come from: a process that forks itself for each.
//
// A lab of a thousand nodes wants a thousand agents. To execute a program takes a millisecond and more, most of it to
// load libraries, and a fork of the orchestrator copies the thousands of descriptors that it holds by then. The nursery
// holds none, and its libraries are loaded: a birth takes a tenth of that, and agents share its memory.
//
// What is born is the orchestrator's own child and not the nursery's (CLONE_PARENT): the orchestrator collects it, and
// it dies with the orchestrator. It stays in the nursery's process group.
#pragma once

#include <optional>

#include "nodes/protocol/nursery.hpp"

namespace segue::agent {

// Serves the orchestrator, which must be this process's parent. Returns in each process that is born, inside its
// namespace; in the nursery itself, with nothing, once the orchestrator has closed its end. Who cannot be born leaves
// protocol::Failed on its control socket. This process must have no threads.
std::optional<protocol::Birth> tend(Fd orchestrator);

}  // namespace segue::agent
