#include "orchestrator/report/csv.hpp"

#include <doctest/doctest.h>

#include "nodes/base/error.hpp"

using namespace segue;
using namespace segue::report;

TEST_CASE("cells are those between commas, and an empty cell is a cell") {
  const auto table = parse_csv("a,b,c\n1,,3\n,,\n");
  CHECK(table.columns == std::vector<std::string>{"a", "b", "c"});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0] == std::vector<std::string>{"1", "", "3"});
  CHECK(table.rows[1] == std::vector<std::string>{"", "", ""});
}

TEST_CASE("a quoted cell holds commas, line breaks and quotes") {
  const auto table = parse_csv("why,n\r\n\"late, by \"\"much\"\"\nindeed\",2\r\n");
  REQUIRE(table.rows.size() == 1);
  CHECK(table.rows[0][0] == "late, by \"much\"\nindeed");
  CHECK(table.rows[0][1] == "2");
}

TEST_CASE("the last line may go without its end") { CHECK(parse_csv("a\n1").rows.size() == 1); }

TEST_CASE("a row of another width, a quote left open and text after a quote are errors with their line") {
  CHECK_THROWS_WITH_AS(parse_csv("a,b\n1,2\n3\n"), "line 3: 1 cells, and the header has 2", Error);
  CHECK_THROWS_WITH_AS(parse_csv("a\n\"1\n"), "line 2: a quote is not closed", Error);
  CHECK_THROWS_WITH_AS(parse_csv("a\n\"1\"2\n"), "line 2: text after a closing quote", Error);
  CHECK_THROWS_WITH_AS(parse_csv(""), "line 1: there is no header", Error);
}

TEST_CASE("a column that is missing is named") {
  const auto table = parse_csv("a,b\n");
  CHECK(table.column("b") == 1);
  CHECK_THROWS_WITH_AS(table.column("c"), "no column \"c\"", Error);
}
