// What somebody may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace segue::config {

// The candidate closest to `word` by insertions, deletions, replacements and swaps; empty if none is close.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

// `"dealy"; did you mean "delay"?`, or else `"xyz"; known are delay, loss`; long texts and lists are cut.
std::string unknown(std::string_view word, const std::vector<std::string_view>& candidates);

std::string in_quotes(std::string_view text);  // cut after 40 bytes, at the boundary of a character

}  // namespace segue::config
