// Where the gaps of a handover went: an outage, an interruption and the completion, each as the sum of what it consists
// of, and what each of its delays would save if it were shorter.
//
// All of it follows from the analysis as it is (expectation.hpp), whatever words a mechanism uses. A gap is made of
// nothing but times: of crossings, of processing, of waits, of windows, and the packets' interval. As a function of these
// it is piecewise linear, and twice of each makes it twice as long; so it is the sum of each time multiplied with the
// gap's slope in it (Euler's theorem). The slopes are differences for one nanosecond, which are exact: times are whole
// nanoseconds. Where two ways are equally long, one that is a hair longer is taken: the slopes are those beside the point.
//
// One thing is no time: how often a packet goes in a circle until its hop limit is used up. What that makes of a gap stands
// as its "rest".
//
// Messages and data cross links of their own here: so a link's delay that signalling waits for is told from the way of
// packets. A wait that is drawn at random is as long as its mean.
#pragma once

#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/mobility/expectation.hpp"
#include "orchestrator/record/explanation.hpp"

namespace segue::mobility {

// Throws InputError when the mechanism does not fit the topology. Costs as many expectations as the handover has steps
// and links that it uses.
record::Explanation explain(const Geography& geography, const config::Mechanism& mechanism, const Binding& binding,
                            const DataFlow& data);

}  // namespace segue::mobility
