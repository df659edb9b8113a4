// Where the gaps of a lab's handovers go, by the analysis alone.
#pragma once

#include <vector>

#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/record/explanation.hpp"

namespace segue::cli {

// Of each mechanism, for the first handover of a run. Throws InputError.
std::vector<record::Explanation> explanations_of(const config::Topology& topology,
                                                 const std::vector<config::Mechanism>& mechanisms);

}  // namespace segue::cli
