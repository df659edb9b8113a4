// Where the gaps of handovers went, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/record/explanation.hpp"
#include "orchestrator/report/evaluation.hpp"

namespace segue::report {

// Two tables each: what every gap consists of, adding up to it, and what a millisecond less of each delay would save.
// `measured`: the mechanisms' rows, of those that were run.
std::string to_text(const std::vector<record::Explanation>& explanations, const std::vector<Row>& measured = {});

}  // namespace segue::report
