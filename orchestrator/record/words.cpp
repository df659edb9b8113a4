#include "orchestrator/record/words.hpp"

#include <fmt/format.h>

#include <utility>

#include "nodes/base/error.hpp"

namespace segue::record {

namespace {

constexpr std::array outcome_words{std::pair{Outcome::complete, "complete"}, std::pair{Outcome::failed, "failed"}};

constexpr std::array verdict_words{std::pair{Verdict::clean, "clean"}, std::pair{Verdict::tainted, "tainted"},
                                   std::pair{Verdict::not_known, "not known"}};

constexpr std::array cause_words{std::pair{Cause::radio_off, "radio off"},
                                 std::pair{Cause::no_route, "no route"},
                                 std::pair{Cause::blackhole, "blackhole"},
                                 std::pair{Cause::hop_limit, "hop limit"},
                                 std::pair{Cause::buffer_overflow, "buffer overflow"},
                                 std::pair{Cause::buffer_discarded, "buffer discarded"},
                                 std::pair{Cause::buffer_kept, "buffer kept"},
                                 std::pair{Cause::queue_limit, "queue limit"},
                                 std::pair{Cause::link_loss, "link loss"},
                                 std::pair{Cause::corrupted, "corrupted"},
                                 std::pair{Cause::too_late, "too late"},
                                 std::pair{Cause::unknown, "unknown"}};
static_assert(cause_words.size() == causes.size());

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
const char* to_text(Cause cause) { return word_of(cause_words, cause); }
Outcome outcome_named(std::string_view word) { return value_of(outcome_words, word, "outcome of a handover"); }
Verdict verdict_named(std::string_view word) { return value_of(verdict_words, word, "verdict"); }
Cause cause_named(std::string_view word) { return value_of(cause_words, word, "cause of a loss"); }

}  // namespace segue::record
