// Rows of text in columns that are as wide as what is in them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace segue::cli {

// Each row indented by two blanks, without blanks at its end; the first `left` columns are aligned to the left.
std::string in_columns(const std::vector<std::vector<std::string>>& rows, std::size_t left);

}  // namespace segue::cli
