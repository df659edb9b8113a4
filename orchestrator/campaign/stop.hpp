// When a cell of the matrix has been repeated often enough.
//
// The rule looks at the repetitions of one cell in their order, and at nothing else: so how many there are does not
// depend on how many ran side by side, or on interruptions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/campaign/metric.hpp"

namespace segue::campaign {

struct StopRule {
  std::string text;       // "ci95 < 2%"
  double below = 0;       // half width of the 95 % interval
  bool relative = false;  // of the mean; otherwise in the metrics' own unit
  std::vector<Metric> of{Metric::completion};
  unsigned at_least = 3;  // repetitions
  unsigned at_most = 100;
};

// Sets text, below and relative. Throws InputError with the end of a sentence that begins with the key.
void parse_until(std::string_view text, StopRule& rule);

// Whether `values` of a metric are known precisely enough; false below two values.
bool precise(const StopRule& rule, const std::vector<double>& values);

}  // namespace segue::campaign
