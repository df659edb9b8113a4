// campaign.json: everything a campaign's results follow from. Its format is in store.hpp.
#pragma once

#include <string>

#include "orchestrator/campaign/plan.hpp"

namespace segue::campaign {

std::string identity_of(const Plan& plan);

// What repeats the campaign, said in its folder.
std::string command_of(const Plan& plan);

// Throws InputError that names what differs, if the campaign found in a folder is another one.
void require_same(const std::string& folder, const std::string& found, const std::string& wanted);

}  // namespace segue::campaign
