// How segue-wire lets go of its TAPs.
//
// To close a TAP is to remove its interface, and each removal waits until every CPU has passed through a quiescent
// state (rcu_barrier), 25 ms here: ten seconds for the 398 TAPs of a chain of 200 nodes. But one wait serves all who
// wait at the same time, so they are closed by many threads at once: 0.2 s.
#pragma once

#include <vector>

#include "nodes/base/fd.hpp"

namespace segue::link {

// Returns when all are closed, and their interfaces gone.
void close_together(std::vector<Fd> taps);

}  // namespace segue::link
