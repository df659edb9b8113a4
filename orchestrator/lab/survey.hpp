// How a lab that is up is doing: its links, its engine, its agents.
#pragma once

#include <vector>

#include "orchestrator/lab/lab.hpp"
#include "orchestrator/lab/result.hpp"

namespace segue::lab {

std::vector<LinkRow> survey_links(Lab& lab);
Quantiles survey_emulator(Lab& lab);

struct AgentSurvey {
  Quantiles timers;  // the worst agent's: quantiles of several cannot be merged
  std::vector<NetlinkRow> netlink;
};
AgentSurvey survey_agents(Lab& lab);

// Everything but the probe's part.
Sample survey(Lab& lab);

}  // namespace segue::lab
