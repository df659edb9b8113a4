#include "orchestrator/config/problems.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/base/error.hpp"

namespace segue::config {

std::string Problems::where(unsigned line) const { return line == 0 ? file_ : fmt::format("{}:{}", file_, line); }

void Problems::add(unsigned line, std::string_view object, std::string_view text) {
  std::string whole = where(line) + ": ";
  if (!object.empty()) whole += fmt::format("{}: ", object);
  // Text from the file may hold anything; a problem stays one readable line.
  for (const char c : text) whole += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  found_.push_back({line, std::move(whole)});
}

void Problems::sort_own() {
  std::stable_sort(found_.begin(), found_.end(), [](const Problem& a, const Problem& b) { return a.line < b.line; });
}

void Problems::append(Problems&& other) {
  other.sort_own();
  for (Problem& problem : other.found_) found_.push_back({~0U, std::move(problem.text)});
}

void Problems::append(std::string whole) { found_.push_back({~0U, std::move(whole)}); }

void Problems::throw_if_any() {
  if (found_.empty()) return;
  sort_own();
  std::string all;
  for (std::size_t i = 0; i < std::min(found_.size(), shown); ++i) {
    if (i > 0) all += '\n';
    all += found_[i].text;
  }
  if (found_.size() > shown) all += fmt::format("\nand {} more", found_.size() - shown);
  throw InputError(all);
}

}  // namespace segue::config
