#include "orchestrator/record/words.hpp"

#include <fmt/format.h>

#include <utility>

#include "nodes/base/error.hpp"

namespace segue::record {

namespace {

constexpr std::array outcome_words{std::pair{Outcome::complete, "complete"}, std::pair{Outcome::failed, "failed"}};

constexpr std::array verdict_words{std::pair{Verdict::clean, "clean"}, std::pair{Verdict::tainted, "tainted"},
                                   std::pair{Verdict::not_known, "not known"}};

template <typename Words, typename Value>
const char* word_of(const Words& words, Value value) {
  for (const auto& [known, word] : words) {
    if (known == value) return word;
  }
  return "";
}

template <typename Words>
auto value_of(const Words& words, std::string_view text, const char* what) {
  for (const auto& [value, word] : words) {
    if (text == word) return value;
  }
  throw Error(fmt::format("\"{}\" is no {}", text, what));
}

}  // namespace

const char* to_text(Outcome outcome) { return word_of(outcome_words, outcome); }
const char* to_text(Verdict verdict) { return word_of(verdict_words, verdict); }
Outcome outcome_named(std::string_view word) { return value_of(outcome_words, word, "outcome of a handover"); }
Verdict verdict_named(std::string_view word) { return value_of(verdict_words, word, "verdict"); }

}  // namespace segue::record
