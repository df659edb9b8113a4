#include "orchestrator/guest/orders.hpp"

#include <doctest/doctest.h>

#include "nodes/base/error.hpp"

using namespace segue;
using namespace segue::guest;

namespace {

Orders example() {
  return {{"run", "", "a b\n\"c\"", "--seed=1"},
          {"HOME=/tmp"},
          "/home/u/my results",
          "/work",
          {"/tmp/lab", "/run/x"},
          18446744073709551615U,
          1'767'225'600};
}

}  // namespace

TEST_CASE("orders arrive as they were given, blanks, quotes and empty arguments too") {
  CHECK(decode_orders(encode(example())) == example());
  CHECK(decode_orders(encode(Orders{})) == Orders{});
}

TEST_CASE("orders cut short anywhere, or with something added, are refused") {
  const std::string text = encode(example());
  for (std::size_t size = 0; size < text.size(); ++size) CHECK_THROWS_AS(decode_orders(text.substr(0, size)), Error);
  CHECK_THROWS_AS(decode_orders(text + std::string("x\0", 2)), Error);
  CHECK_THROWS_AS(decode_orders(std::string("#!/bin/sh\n\0", 11)), Error);
}

TEST_CASE("a field with a NUL in it cannot be ordered") {
  Orders orders = example();
  orders.arguments.emplace_back("a\0b", 3);
  CHECK_THROWS_AS(encode(orders), Error);
}

TEST_CASE("the status is read from its own line only") {
  for (const int code : {0, 1, 137, 255}) CHECK(parse_status_line(status_line(code)) == code);
  CHECK(parse_status_line("segue-guest-status 0") == std::nullopt);
  CHECK(parse_status_line("output " + status_line(0)) == std::nullopt);
  CHECK(parse_status_line(status_line(0) + "x") == std::nullopt);
  CHECK(parse_status_line(status_line(256)) == std::nullopt);
  CHECK(parse_status_line(status_line(-1)) == std::nullopt);
  CHECK(parse_status_line("") == std::nullopt);
}
