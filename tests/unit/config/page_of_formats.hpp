// topologies/README.md, and the keys that a reader knows.
#pragma once

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace segue::test {

// What "unknown key …; known are a, b" says.
inline std::set<std::string> keys_in(const std::string& complaint) {
  std::set<std::string> keys;
  const std::string known = "known are ";
  for (auto at = complaint.find(known); at != std::string::npos; at = complaint.find(known, at + 1)) {
    const auto begin = at + known.size();
    const std::string list = complaint.substr(begin, complaint.find('\n', begin) - begin);
    const std::regex word("[a-z0-9-]+");
    for (std::sregex_iterator one(list.begin(), list.end(), word), end; one != end; ++one) keys.insert(one->str());
  }
  return keys;
}

inline std::string page_of_formats() {
  std::ifstream file(std::string(SEGUE_SOURCE_DIR) + "/topologies/README.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace segue::test
