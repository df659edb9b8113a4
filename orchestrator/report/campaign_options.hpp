// What a campaign was asked for, in words. Internal to this folder.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace segue::report {

// Of campaign.json, as [[name, text]…]: what its file, or what stands where it says nothing, has asked for.
nlohmann::ordered_json campaign_options(const nlohmann::ordered_json& campaign);

}  // namespace segue::report
