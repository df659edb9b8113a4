#include "orchestrator/view/grid.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace segue::view;

TEST_CASE("text is put where it is asked for, and cut at the border of its pane") {
  Grid grid(8, 3);
  const Pane pane(grid);
  CHECK(pane.put(1, 0, "ab") == 3);
  pane.part(2, 1, 4, 1).put(0, 0, "abcdef", Style::bad);
  CHECK(grid.text() == " ab\n  abc…\n\n");
  CHECK(grid.at(2, 1).style == Style::bad);
  CHECK(grid.at(6, 1) == Cell{});
}

TEST_CASE("nothing is drawn outside a pane, and a part is no larger than the whole") {
  Grid grid(4, 2);
  const Pane pane(grid);
  pane.put(-1, 0, U'x');
  pane.put(4, 0, U'x');
  pane.put(0, 2, U'x');
  pane.put(-2, 1, "abc");
  CHECK(grid.text() == "\nc\n");
  const Pane part = pane.part(2, 1, 100, 100);
  CHECK(part.columns() == 2);
  CHECK(part.rows() == 1);
  CHECK(pane.part(9, 9, 1, 1).columns() == 0);
}

TEST_CASE("a box has its title in its border, however little there is of it") {
  Grid grid(12, 3);
  Pane(grid).boxed("Runs").put(0, 0, "in");
  CHECK(grid.text() == "┌─ Runs ───┐\n│ in       │\n└──────────┘\n");
  Grid small(2, 2);
  Pane(small).boxed("Runs").put(0, 0, "in");
  CHECK(small.text() == "┌┐\n└┘\n");
  Grid none(0, 0);
  Pane(none).boxed("Runs").put(0, 0, "in");
  CHECK(none.text().empty());
}

TEST_CASE("every character takes one column; others are question marks") {
  CHECK(characters("aé→▆") == U"aé→▆");
  CHECK(characters("\x1b[2J") == U"?[2J");  // nothing a name says reaches the terminal
  CHECK(characters("日") == U"?");
  CHECK(characters("e\u0301") == U"e?");
  CHECK(characters("\xc3") == U"?");
  CHECK(characters("\xff\x80z") == U"??z");
  CHECK(width_of("↑ up") == 4);
}

TEST_CASE("without Unicode a grid is ASCII") {
  Grid grid(24, 1);
  Pane(grid).put(0, 0, "┌─┐│┃ ▁▄█ ↑↓→ · … ░ é");
  grid.to_ascii();
  CHECK(grid.text() == "+-+|| _=# ^v> , ~ . ?\n");
}
