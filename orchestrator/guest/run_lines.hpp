// What a run in a guest says on its console, and the file it leaves. Internal to this folder.
//
// A line is a mark (see message_mark in orders.hpp), a word, and JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace segue::guest {

inline constexpr std::string_view run_line_mark = "\x1esegue-run ";
inline constexpr std::string_view handover_word = "handover";
inline constexpr std::string_view sample_word = "sample";
inline constexpr std::string_view end_word = "end";  // the result is in its file
inline constexpr const char* result_name = "result.json";

inline std::string run_line(std::string_view word, std::string_view body) {
  std::string line(run_line_mark);
  line.append(word).append(" ").append(body).append("\n");
  return line;
}

// Word and body of such a line; nothing if it is another.
inline std::optional<std::pair<std::string_view, std::string_view>> parse_run_line(std::string_view line) {
  if (!line.starts_with(run_line_mark)) return std::nullopt;
  line.remove_prefix(run_line_mark.size());
  const auto blank = line.find(' ');
  if (blank == line.npos) return std::nullopt;
  return std::pair(line.substr(0, blank), line.substr(blank + 1));
}

}  // namespace segue::guest
