#include "orchestrator/view/table.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace segue::view {

namespace {

constexpr int gap = 2;
constexpr int least_when_cut = 14;

struct Placed {
  std::size_t column = 0;
  int width = 0;
};

// The columns that fit, the most important first to get their room, in the order of the table.
std::vector<Placed> lay_out(const Table& table, int room, std::size_t rows, bool heads) {
  std::vector<std::size_t> order(table.columns.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return table.columns[a].importance > table.columns[b].importance; });
  std::vector<Placed> placed;
  for (const auto column : order) {
    int width = heads ? width_of(table.columns[column].head) : 0;
    for (std::size_t row = 0; row < rows; ++row) width = std::max(width, width_of(table.rows[row][column].text));
    if (width == 0) continue;
    const int left = room - (placed.empty() ? 0 : gap);
    if (width > left && table.columns[column].cut && left >= least_when_cut) width = left;
    if (width > left && !placed.empty()) continue;
    placed.push_back({column, width});
    room = left - width;
  }
  std::sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) { return a.column < b.column; });
  return placed;
}

void draw(const Pane& pane, const Table& table, bool heads) {
  const int head_rows = heads ? 1 : 0;
  const auto rows = std::min(table.rows.size(), static_cast<std::size_t>(std::max(pane.rows() - head_rows, 0)));
  int column = 0;
  for (const auto& [i, width] : lay_out(table, pane.columns(), rows, heads)) {
    const auto put = [&, i = i, width = width](int row, const Span& span) {
      const int shift = table.columns[i].right ? std::max(width - width_of(span.text), 0) : 0;
      pane.part(column, row, width, 1).put(shift, 0, span.text, span.style);
    };
    if (heads) put(0, {table.columns[i].head, Style::dim});
    for (std::size_t row = 0; row < rows; ++row) put(static_cast<int>(row) + head_rows, table.rows[row][i]);
    column += width + gap;
  }
}

}  // namespace

void draw_table(const Pane& pane, const Table& table) { draw(pane, table, true); }
void draw_rows(const Pane& pane, const Table& table) { draw(pane, table, false); }

}  // namespace segue::view
