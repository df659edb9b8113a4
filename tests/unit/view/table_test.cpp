#include "orchestrator/view/table.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace segue::view;

namespace {

std::string drawn(const Table& table, int columns, int rows = 3) {
  Grid grid(columns, rows);
  draw_table(Pane(grid), table);
  return grid.text();
}

const Table animals{.columns = {{"name", 3, false}, {"legs", 2}, {"remark", 1, false, true}},
                    .rows = {{{"ox"}, {"4"}, {"it says moo, and little else"}}, {{"spider"}, {"8"}, {""}}}};

}  // namespace

TEST_CASE("columns are as wide as what is in them") {
  CHECK(drawn(animals, 60) == "name    legs  remark\nox         4  it says moo, and little else\nspider     8\n");
}

TEST_CASE("a column that may be cut takes what is left") {
  CHECK(drawn(animals, 30) == "name    legs  remark\nox         4  it says moo, an…\nspider     8\n");
}

TEST_CASE("the least important columns go first") {
  CHECK(drawn(animals, 20) == "name    legs\nox         4\nspider     8\n");
  CHECK(drawn(animals, 8) == "name\nox\nspider\n");
  CHECK(drawn(animals, 3) == "na…\nox\nsp…\n");
}

TEST_CASE("rows that do not fit are not drawn, and take no part in the widths") {
  CHECK(drawn(animals, 12, 2) == "name  legs\nox       4\n");
  CHECK(drawn(animals, 12, 0).empty());
}
