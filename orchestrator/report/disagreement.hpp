// Where what was measured and what the analysis says are further apart than can be overlooked.
//
// A handover's completion may be late by what waking up costs; its losses by the phase of the packets it meets, which
// is less than one packet each way. In computed time nothing wakes up: there 10 us are too much.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/config/topology.hpp"
#include "orchestrator/report/evaluation.hpp"

namespace segue::report {

// What of a lab the analysis does not take into account, "jitter of mn-ar1", in the order of the links.
std::vector<std::string> left_out_of_analysis(const config::Topology& topology);

// From the table: a sentence for each quantity of each mechanism.
std::vector<std::string> disagreements(const Evaluation& evaluation);

}  // namespace segue::report
