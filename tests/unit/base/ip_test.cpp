#include "nodes/base/ip.hpp"

#include <doctest/doctest.h>

#include "nodes/base/error.hpp"

using namespace segue;

TEST_CASE("addresses and prefixes of both families survive the way to text and back") {
  for (const char* text : {"fd00::1", "::", "2001:db8::ff", "10.0.0.1", "255.255.255.255"}) {
    CHECK(to_text(parse_address(text)) == text);
  }
  CHECK(to_text(parse_prefix("fd00:5e9::1/48").network()) == "fd00:5e9::/48");
  CHECK(to_text(parse_prefix("10.1.2.3/20").network()) == "10.1.0.0/20");
  CHECK(parse_prefix("10.1.0.0/20").contains(parse_address("10.1.15.255")));
  CHECK_FALSE(parse_prefix("10.1.0.0/20").contains(parse_address("10.1.16.0")));
  CHECK_FALSE(parse_prefix("::/0").contains(parse_address("10.1.16.0")));
}

TEST_CASE("what is no address is refused with its text") {
  CHECK_THROWS_WITH_AS(parse_address("fd00::zz"), "\"fd00::zz\" is no IP address", InputError);
  for (const char* text : {"fd00::/129", "10.0.0.0/33", "fd00::", "fd00::/", "fd00::/x", "/48"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_prefix(text), InputError);
  }
}
