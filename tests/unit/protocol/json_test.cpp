#include "nodes/protocol/json.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

using namespace segue;

TEST_CASE("JSON is refused where it is nested deeper than anything that is written here") {
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  CHECK_NOTHROW(parse_json(nested(100)));
  CHECK_NOTHROW(parse_ordered_json(nested(100)));
  CHECK_THROWS_AS(parse_json(nested(101)), nlohmann::json::parse_error);
  CHECK_THROWS_AS(parse_ordered_json(nested(1'000'000)), nlohmann::json::parse_error);
  CHECK_THROWS_AS(parse_json(std::string(1'000'000, '{')), nlohmann::json::parse_error);
}

TEST_CASE("brackets in a text, and those beside each other, are no depth") {
  const std::string text = "\"" + std::string(1000, '[') + "\\\"" + std::string(1000, '{') + "\"";
  CHECK(parse_json(text).get<std::string>().size() == 2001);
  std::string row = "[0";
  for (int i = 0; i < 1000; ++i) row += ",[],{}";
  CHECK(parse_json(row + "]").size() == 2001);
  CHECK(parse_json("[\"\\\\\", [[]]]").at(0) == "\\");
}
