#include "orchestrator/cli/hosts_file.hpp"

#include <fmt/format.h>

#include <set>
#include <sstream>

namespace segue::cli {

namespace {

// "" if no name is left.
std::string without(const std::string& line, const std::set<std::string>& names) {
  std::istringstream words(line.substr(0, line.find('#')));
  std::string address;
  std::string kept;
  bool taken = false;
  words >> address;
  for (std::string name; words >> name;) {
    if (names.contains(name)) {
      taken = true;
    } else {
      kept += ' ' + name;
    }
  }
  if (!taken) return line;
  return kept.empty() ? std::string() : address + kept;
}

}  // namespace

std::string hosts_file(std::string_view known, const Hosts& lab) {
  std::set<std::string> names;
  for (const auto& [address, name] : lab) names.insert(name);
  std::istringstream lines{std::string(known)};
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const auto kept = without(line, names);
    if (!kept.empty() || line.empty()) text += kept + '\n';
  }
  for (const auto& [address, name] : lab) text += fmt::format("{} {}\n", address, name);
  return text;
}

}  // namespace segue::cli
