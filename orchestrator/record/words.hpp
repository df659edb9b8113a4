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

// Why a packet is of no use to whoever waits for it.
enum class Cause : std::uint8_t {
  radio_off,         // the mobile is not on that link, or its access router does not serve it there
  no_route,          // nobody leads it on
  blackhole,         // the mechanism drops it at a node that is no radio's end
  hop_limit,         // it was led about until that was used up
  buffer_overflow,   // a buffer had no room
  buffer_discarded,  // from a buffer, on purpose or for the handover had failed
  buffer_kept,       // it waits in a buffer that nobody releases
  queue_limit,       // the queue of a link was full
  link_loss,         // by chance, on a link
  corrupted,         // a link flipped a bit, and a checksum told
  too_late,          // it arrived when its time to be played was over
  unknown,           // nothing that was seen says it
};
inline constexpr std::array causes{Cause::radio_off,   Cause::no_route,        Cause::blackhole,
                                   Cause::hop_limit,   Cause::buffer_overflow, Cause::buffer_discarded,
                                   Cause::buffer_kept, Cause::queue_limit,     Cause::link_loss,
                                   Cause::corrupted,   Cause::too_late,        Cause::unknown};

// What is tainted is in no mean. What is not known is, and is called so wherever it is shown.
constexpr bool in_means(Verdict verdict) { return verdict != Verdict::tainted; }

const char* to_text(Outcome outcome);
const char* to_text(Verdict verdict);
const char* to_text(Cause cause);
Outcome outcome_named(std::string_view word);  // throws Error, with the word, if it is none
Verdict verdict_named(std::string_view word);  // likewise
Cause cause_named(std::string_view word);      // likewise

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
void to_json(Json& json, Cause cause) {
  json = to_text(cause);
}
template <typename Json>
void from_json(const Json& json, Cause& cause) {
  cause = cause_named(json.template get<std::string>());
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
