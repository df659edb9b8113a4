// From the names of a campaign file to those of a topology: groups and patterns stand for several links or nodes.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/campaign/campaign.hpp"
#include "orchestrator/config/topology.hpp"

namespace segue::campaign {

// `links.domain.delay` becomes `links.map-ar1.delay` and `links.map-ar2.delay`, `links.map-*.delay` likewise; other
// names stay as they are. Throws InputError if a pattern matches nothing.
std::vector<std::string> expand_name(const Campaign& campaign, const config::Topology& topology,
                                     const std::string& name);

}  // namespace segue::campaign
