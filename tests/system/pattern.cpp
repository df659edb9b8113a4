#include "tests/system/pattern.hpp"

#include <regex>

namespace segue::test {

std::vector<Groups> matches_of(const std::string& pattern, const std::string& text) {
  const std::regex expression(pattern);
  std::vector<Groups> found;
  for (std::sregex_iterator it(text.begin(), text.end(), expression), end; it != end; ++it) {
    found.emplace_back(it->begin(), it->end());
  }
  return found;
}

Groups first_match_of(const std::string& pattern, const std::string& text) {
  const auto found = matches_of(pattern, text);
  return found.empty() ? Groups{} : found.front();
}

}  // namespace segue::test
