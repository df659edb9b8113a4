#include "orchestrator/report/campaign_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/base/units.hpp"
#include "nodes/protocol/json.hpp"
#include "orchestrator/report/json_parts.hpp"

namespace segue::report {

namespace {

const Json nothing = Json::array();

// What an earlier version did not write is empty.
const Json& part(const Json& campaign, const char* name) {
  const auto found = campaign.find(name);
  return found == campaign.end() ? nothing : *found;
}

std::string time_in(const Json& object, const char* name) {
  const Json time = object.value(name, Json(0));
  if (!time.is_number_integer()) throw Error(fmt::format("campaign.json: {}: a whole number is wanted", name));
  return to_text(Delay(time.get<std::int64_t>()));
}

// As it stands there: a number that is no count is not cast to one.
std::string count_in(const Json& object, const char* name, unsigned otherwise) {
  return json_text(object.value(name, Json(otherwise)));
}

std::string handovers_of(const Json& campaign) {
  std::map<std::string, std::vector<std::string>> probes_of;  // by interval
  for (const auto& cell : part(campaign, "cells")) {
    auto& probes = probes_of[time_in(cell, "interval_ns")];
    const std::string probe = cell.at("probe");
    if (std::find(probes.begin(), probes.end(), probe) == probes.end()) probes.push_back(probe);
  }
  std::vector<std::string> every;
  every.reserve(probes_of.size());
  for (const auto& [interval, probes] : probes_of) {
    every.push_back(probes_of.size() == 1 ? interval : fmt::format("{} ({})", interval, fmt::join(probes, ", ")));
  }
  return fmt::format("{} of each run, every {}", count_in(campaign, "handovers", 0), fmt::join(every, ", "));
}

std::string repetitions_of(const Json& campaign) {
  const Json& stop = part(campaign, "stop");
  if (!stop.is_object()) return count_in(campaign, "repetitions", 1);
  const auto of = stop.value("of", std::vector<std::string>{});
  return fmt::format("until {} of {}; {} at least, {} at most", stop.value("until", ""), fmt::join(of, ", "),
                     count_in(stop, "at_least", 0), count_in(stop, "at_most", 0));
}

std::string seeds_of(const Json& campaign) {
  return fmt::format("{} in the first repetition of every cell, and one more in each that follows",
                     count_in(campaign, "seed", 0));
}

std::string settings_of(const Json& campaign) {
  std::vector<std::string> settings;
  for (const auto& [name, value] : part(campaign, "set").items()) {
    settings.push_back(fmt::format("{} = {}", name, value.get<std::string>()));
  }
  return fmt::format("{}", fmt::join(settings, ", "));
}

std::string sweeps_of(const Json& campaign) {
  std::vector<std::string> sweeps;
  for (const auto& parameter : part(campaign, "parameters")) {
    std::vector<std::string> values;
    for (const auto& value : parameter.at("values")) values.push_back(value.at("text"));
    sweeps.push_back(fmt::format("{} = {}", parameter.at("name").get<std::string>(), fmt::join(values, ", ")));
  }
  return fmt::format("{}", fmt::join(sweeps, "; "));
}

}  // namespace

Json campaign_options(const Json& campaign) {
  Json options = Json::array();
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) options.push_back({name, text});
  };
  add("Handovers", handovers_of(campaign));
  add("Repetitions", repetitions_of(campaign));
  add("Seed", seeds_of(campaign));
  add("Order", campaign.value("order", "") == "random" ? "random, by the seed" : "that of the file");
  add("Varied", sweeps_of(campaign));
  add("Set for all", settings_of(campaign));
  add("Links asked for", campaign.value("links", ""));
  add("Time limit", time_in(campaign, "timeout_ns") + " of wall time for each run");
  add("Guest memory", campaign.value("memory", ""));
  add("iperf", campaign.value("iperf", ""));
  return options;
}

}  // namespace segue::report
