// Reading and writing JSON as text, compiled once: each unit that used the library's own parser or serializer would
// compile it again.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace segue {

// Throws nlohmann::json::parse_error, of what is nested deeper than 100 levels too.
nlohmann::json parse_json(std::string_view text);
nlohmann::ordered_json parse_ordered_json(std::string_view text);  // likewise, keys as they come

// On one line, or with `indent` spaces a level. Always valid UTF-8: text may hold bytes from anywhere (a file's name,
// what a program printed), and those that are none become U+FFFD, the replacement character.
std::string json_text(const nlohmann::json& value, int indent = -1);
std::string json_text(const nlohmann::ordered_json& value, int indent = -1);

}  // namespace segue
