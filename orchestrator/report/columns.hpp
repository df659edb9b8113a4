// Rows of text in columns that are as wide as what is in them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace segue::report {

// What is seen of UTF-8, and not its bytes: "±" is one column.
std::size_t width_of(std::string_view text);

// Each row indented by two blanks, without blanks at its end; the first `left` columns are aligned to the left, and
// `gap` blanks lie between two.
std::string in_columns(const std::vector<std::vector<std::string>>& rows, std::size_t left, std::size_t gap = 2);

}  // namespace segue::report
