#include "nodes/protocol/json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace segue {

namespace {

// The library parses without recursion, and copies, compares and writes with it: what is nested ten thousand levels deep
// would be the end of the stack. What is written here has ten.
constexpr int deepest = 100;

void check_depth(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '[' || c == '{') && ++depth > deepest) {
      throw nlohmann::json::parse_error::create(101, i, fmt::format("nested deeper than {} levels", deepest), nullptr);
    } else if (!quoted && (c == ']' || c == '}')) {
      --depth;
    }
  }
}

template <typename Json>
std::string text_of(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

nlohmann::json parse_json(std::string_view text) {
  check_depth(text);
  return nlohmann::json::parse(text);
}

nlohmann::ordered_json parse_ordered_json(std::string_view text) {
  check_depth(text);
  return nlohmann::ordered_json::parse(text);
}

std::string json_text(const nlohmann::json& value, int indent) { return text_of(value, indent); }
std::string json_text(const nlohmann::ordered_json& value, int indent) { return text_of(value, indent); }

}  // namespace segue
