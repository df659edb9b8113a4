#include "orchestrator/campaign/names.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

#include "nodes/base/error.hpp"

namespace segue::campaign {

namespace {

template <typename Named>
std::vector<std::string> matching(const std::vector<Named>& all, const std::string& pattern) {
  std::vector<std::string> names;
  for (const auto& one : all) {
    if (::fnmatch(pattern.c_str(), one.name.c_str(), 0) == 0) names.push_back(one.name);
  }
  return names;
}

std::vector<std::string> members_of(const Campaign& campaign, const config::Topology& topology, bool links,
                                    const std::string& rest, std::string& key) {
  for (const auto& [group, members] : campaign.groups) {
    if (!rest.starts_with(group + '.')) continue;
    key = rest.substr(group.size() + 1);
    return members;
  }
  const auto dot = rest.find('.');
  const std::string pattern = rest.substr(0, dot);
  if (dot == std::string::npos || pattern.find_first_of("*?[") == std::string::npos) return {};
  key = rest.substr(dot + 1);
  auto names = links ? matching(topology.links, pattern) : matching(topology.nodes, pattern);
  if (names.empty()) throw InputError(fmt::format("\"{}\" matches no {}", pattern, links ? "link" : "node"));
  return names;
}

}  // namespace

std::vector<std::string> expand_name(const Campaign& campaign, const config::Topology& topology,
                                     const std::string& name) {
  const auto dot = name.find('.');
  const std::string top = name.substr(0, dot);
  if (top != "links" && top != "nodes") return {name};
  std::string key;
  const auto members = members_of(campaign, topology, top == "links", name.substr(dot + 1), key);
  if (members.empty()) return {name};
  std::vector<std::string> names;
  names.reserve(members.size());
  for (const auto& member : members) names.push_back(fmt::format("{}.{}.{}", top, member, key));
  return names;
}

}  // namespace segue::campaign
