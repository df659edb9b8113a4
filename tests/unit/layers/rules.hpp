// The rules of the house that a compiler does not check, on the text of one source file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace segue::layers {

// What in `text` breaks a rule, one sentence each with its line. `path` is relative to the source tree and decides
// which rules apply.
std::vector<std::string> violations(const std::string& path, std::string_view text);

// From the lowest up: "nodes/base", …
std::vector<std::string> folders_in_order();

// The same as a text that explains it has it: lines of four blanks, from the one that begins with "nodes/".
std::vector<std::string> folders_told(std::string_view text);

}  // namespace segue::layers
