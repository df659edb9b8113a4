#include "orchestrator/cli/passed_on.hpp"

#include <algorithm>

#include "nodes/base/error.hpp"

namespace segue::cli {

namespace {

using Position = std::vector<std::string>::const_iterator;

bool names_lab(const std::string& word) { return word == "--lab" || word.starts_with("--lab="); }

// Behind the verb and its options to the node, and on to the `--` or to the first word that is no option.
Position end_of_own(Position word, Position end) {
  bool node = false;
  for (; word != end; ++word) {
    if (*word == "--" && node) return word;
    if (*word == "--lab" && word + 1 != end) {
      ++word;
    } else if (*word != "--" && !word->starts_with('-')) {
      if (node) return word;
      node = true;
    }
  }
  return end;
}

}  // namespace

Words take_apart(const std::vector<std::string>& words) {
  if (words.empty() || (words.front() != "exec" && words.front() != "capture")) return {words, {}};
  const bool exec = words.front() == "exec";
  const auto end = exec ? end_of_own(words.begin() + 1, words.end()) : std::find(words.begin(), words.end(), "--");
  Words result{{words.begin(), end}, {end, words.end()}};
  if (result.passed_on.empty()) return result;
  if (result.passed_on.front() == "--") {
    result.passed_on.erase(result.passed_on.begin());
  } else if (std::any_of(result.passed_on.begin(), result.passed_on.end(), names_lab)) {
    throw InputError(
        "exec: --lab in the command: it goes before it, or the command goes behind `--`: segue exec NODE -- CMD");
  }
  return result;
}

}  // namespace segue::cli
