#include "orchestrator/report/columns.hpp"

#include <doctest/doctest.h>

using segue::report::in_columns;

TEST_CASE("columns are as wide as what is in them, in characters, and never run into each other") {
  CHECK(in_columns({{"link", "asked for", "lost"},
                    {"a", "delay 10ms, jitter 1ms normal, loss 0.1%", "1234567"},
                    {"uplink-ä", "none", "0"}},
                   2) ==
        "  link      asked for                                    lost\n"
        "  a         delay 10ms, jitter 1ms normal, loss 0.1%  1234567\n"
        "  uplink-ä  none                                            0\n");
}

TEST_CASE("rows may be shorter, and end without blanks") {
  CHECK(in_columns({{"long word", "x"}, {"y"}, {"z", ""}}, 1) == "  long word  x\n  y\n  z\n");
  CHECK(in_columns({}, 0).empty());
  CHECK(in_columns({{"a", "1"}, {"bc", "10"}}, 1, 3) == "  a     1\n  bc   10\n");
}
