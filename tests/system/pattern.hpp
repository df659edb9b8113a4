// Regular expressions, as ECMAScript writes them. Their templates are dear to compile, and so are compiled once.
#pragma once

#include <string>
#include <vector>

namespace segue::test {

using Groups = std::vector<std::string>;  // first all that matched, then what is in parentheses

std::vector<Groups> matches_of(const std::string& pattern, const std::string& text);
Groups first_match_of(const std::string& pattern, const std::string& text);  // empty if there is none

}  // namespace segue::test
