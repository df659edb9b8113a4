#include "orchestrator/cli/columns.hpp"

#include <algorithm>

#include "orchestrator/view/grid.hpp"

namespace segue::cli {

std::string in_columns(const std::vector<std::vector<std::string>>& rows, std::size_t left) {
  const auto width = [](const std::string& text) { return static_cast<std::size_t>(view::width_of(text)); };
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - width(row[i]), ' ');
      line += "  " + (i < left ? row[i] + padding : padding + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace segue::cli
