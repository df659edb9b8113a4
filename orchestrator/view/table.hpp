// A table in a pane. Columns are as wide as what is in them; where they do not fit, the least important go first.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/view/grid.hpp"

namespace segue::view {

struct TableColumn {
  std::string head;
  int importance = 0;  // the largest stays longest
  bool right = true;   // how it is aligned
  bool cut = false;    // may be narrower than what is in it
};

struct Table {
  std::vector<TableColumn> columns;
  std::vector<std::vector<Span>> rows;  // a span for each column
};

// The heads in the first row of the pane, and as many rows of the table as fit below.
void draw_table(const Pane& pane, const Table& table);

// Without heads.
void draw_rows(const Pane& pane, const Table& table);

}  // namespace segue::view
