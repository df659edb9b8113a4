// How a lab that is up is doing: its links, its engine, its agents.
#pragma once

#include <vector>

#include "orchestrator/lab/lab.hpp"
#include "orchestrator/lab/load.hpp"
#include "orchestrator/record/result.hpp"

namespace segue::lab {

std::vector<record::LinkRow> survey_links(Lab& lab);
record::Quantiles survey_emulator(Lab& lab);

struct AgentSurvey {
  record::Quantiles timers;  // the worst agent's: quantiles of several cannot be merged
  std::vector<record::NetlinkRow> netlink;
};
// Of the agents that answer. `restart_timers`: the next survey's timers are those from now on.
AgentSurvey survey_agents(Lab& lab, bool restart_timers = false);

// How often a lab that stays up is surveyed.
constexpr Delay sample_every{1'000'000'000};

// Everything but the probes' part and where the mobile is. `restart`: the lateness in the next one is that from now on.
record::Sample survey(Lab& lab, const IdleMeter& idle, bool restart = false);

// Where a mobile is, in a sample.
void locate(record::Sample& sample, const config::Topology& topology, std::size_t mobile, std::size_t router);

}  // namespace segue::lab
