#include "orchestrator/cli/mechanisms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "nodes/base/error.hpp"

namespace segue::cli {

std::vector<config::Mechanism> choose_mechanisms(const config::Topology& topology,
                                                 const std::vector<std::string>& names) {
  auto all = config::load_mechanisms(topology);
  if (all.empty()) throw InputError(fmt::format("{}: it has no mechanisms to run", topology.folder.string()));
  std::vector<config::Mechanism> result;
  for (const auto& name : names) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
    if (found == all.end()) {
      std::vector<std::string> known;
      known.reserve(all.size());
      for (const auto& one : all) known.push_back(one.name);
      throw InputError(fmt::format("--mechanism \"{}\": {} has {}", name, topology.name, fmt::join(known, ", ")));
    }
    result.push_back(*found);
  }
  if (!names.empty()) return result;
  std::copy_if(all.begin(), all.end(), std::back_inserter(result), [](const auto& one) { return one.by_default; });
  if (result.empty()) throw InputError(fmt::format("{}: none of its mechanisms runs by default", topology.name));
  return result;
}

}  // namespace segue::cli
