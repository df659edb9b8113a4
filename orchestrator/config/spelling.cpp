#include "orchestrator/config/spelling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace segue::config {

namespace {

constexpr std::size_t longest_word = 40;
constexpr std::size_t longest_list = 12;

// Optimal string alignment: Levenshtein's distance in which a swap of neighbours counts once.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() > longest_word) return {};
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto candidate : candidates) {
    const auto apart = distance(word, candidate);
    if (apart < least && apart < candidate.size()) {
      least = apart;
      best = candidate;
    }
  }
  return best;
}

std::string in_quotes(std::string_view text) {
  if (text.size() <= longest_word) return fmt::format("\"{}\"", text);
  std::size_t end = longest_word;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return fmt::format("\"{}…\"", text.substr(0, end));
}

std::string unknown(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string text = in_quotes(word);
  if (const auto meant = nearest(word, candidates); !meant.empty()) {
    return text + fmt::format("; did you mean \"{}\"?", meant);
  }
  if (candidates.empty()) return text;
  text += candidates.size() == 1 ? "; known is " : "; known are ";
  const auto count = std::min(candidates.size(), longest_list);
  for (std::size_t i = 0; i < count; ++i) text += fmt::format("{}{}", i == 0 ? "" : ", ", candidates[i]);
  return count < candidates.size() ? text + ", …" : text;
}

}  // namespace segue::config
