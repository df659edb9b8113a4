// How a lab that stays up is doing, as JSON: the answer to the verb `state`, which the view in a terminal draws.
//
//   "lab", "name", "links", "metrics", "prometheus", "grafana": texts, "" for what there is not
//   "mechanism", "every_ns"                0: no handovers by themselves
//   "nodes": [{"name", "role", "up"}]      "cables": [{"link", "a", "b", "delay"}]      "attached": {mobile: router}
//   "handovers": [{"number", "mechanism", "mobile", "from", "to", "outcome", "failure", "verdict",
//                  "completion_ns", "expected_completion_ns", "lost_up", "lost_down", "interruption_up_ns",
//                  "interruption_down_ns", "ago_ns"}]              newest last, twenty at most
//   "flows": [{"direction", and the figures of record/fields.hpp by their names}]
//   "throughput": [{"probe", "bits_per_second": [one each bin of 500 ms, oldest first, two minutes at most]}]
//   "verdict", "reasons", "trouble"
// Internal to this folder.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "orchestrator/experiment/mover.hpp"
#include "orchestrator/keeper/journal.hpp"
#include "orchestrator/keeper/watch.hpp"
#include "orchestrator/lab/lab.hpp"

namespace segue::keeper {

nlohmann::json state_of(lab::Lab& lab, const experiment::Mover& mover, const Journal& journal, const Watch* watch,
                        const std::map<std::string, std::string>& notes);

}  // namespace segue::keeper
