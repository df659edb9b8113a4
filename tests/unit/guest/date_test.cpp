#include "orchestrator/guest/date.hpp"

#include <doctest/doctest.h>

#include "nodes/base/error.hpp"

using namespace segue;
using namespace segue::guest;

TEST_CASE("a day and a moment are seconds since 1970") {
  CHECK(parse_date("1971-01-01") == 31'536'000);
  CHECK(parse_date(default_date) == default_date_s);
  CHECK(parse_date("2001-09-09T01:46:40Z") == 1'000'000'000);
  CHECK(parse_date("2028-02-29T23:59:59Z") == 1'835'481'599);
  CHECK(parse_date("2200-12-31") == 7'289'568'000);
  CHECK(parse_date(default_date) == 1'767'225'600);
}

TEST_CASE("what is no date, or one that the guest's clock cannot show, is refused with one that is") {
  for (const char* text : {"", "today", "1970-01-01", "2201-01-01", "2026-02-29", "2026-13-01", "2026-1-1",
                           "28.11.2026", "2026-11-28 09:30", "2026-11-28T", "2026-11-28T24:00:00Z",
                           "2026-11-28T09:30:00", "2026-11-28T09:30:00Zx", "2026-11-28x", "-026-11-28", "+026-11-28"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(parse_date(text), doctest::Contains("like 2026-11-28"), InputError);
  }
}
