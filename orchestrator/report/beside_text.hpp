// What of a call was measured at handovers, beside what the analysis says of it.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/report/evaluation.hpp"

namespace segue::report {

// A line for each direction of each mechanism, and columns for the figures of which either side has some; empty where
// there was no call.
std::string beside_text(const std::vector<Row>& rows);

}  // namespace segue::report
