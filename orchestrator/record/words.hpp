// What is said of a handover and of a run in one word. The words are the same wherever they are read: JSON, tables,
// pages, labels of metrics.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace segue::record {

enum class Outcome : std::uint8_t { complete, failed };
inline constexpr std::array outcomes{Outcome::complete, Outcome::failed};

// Whether a machine left alone what it measured. What could not be looked at is not known.
enum class Verdict : std::uint8_t { clean, tainted, not_known };
inline constexpr std::array verdicts{Verdict::clean, Verdict::tainted, Verdict::not_known};

// What is tainted is in no mean. What is not known is, and is called so wherever it is shown.
constexpr bool in_means(Verdict verdict) { return verdict != Verdict::tainted; }

const char* to_text(Outcome outcome);
const char* to_text(Verdict verdict);
Outcome outcome_named(std::string_view word);  // throws Error, with the word, if it is none
Verdict verdict_named(std::string_view word);  // likewise

// For any kind of nlohmann's JSON, which this header does without. Its own way would be the number of an enumerator.
template <typename Json>
void to_json(Json& json, Outcome outcome) {
  json = to_text(outcome);
}
template <typename Json>
void to_json(Json& json, Verdict verdict) {
  json = to_text(verdict);
}
template <typename Json>
void from_json(const Json& json, Outcome& outcome) {
  outcome = outcome_named(json.template get<std::string>());
}
template <typename Json>
void from_json(const Json& json, Verdict& verdict) {
  verdict = verdict_named(json.template get<std::string>());
}

}  // namespace segue::record
