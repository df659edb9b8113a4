#include "nodes/process/run.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace segue;
using namespace segue::process;

TEST_CASE("a program that is run reads all it was given and says all it has to say") {
  std::string text;
  while (text.size() < 3'000'000) text += std::to_string(text.size()) + '\n';
  const Fd input = holding(text);
  const Outcome outcome = run({.path = "/bin/cat", .input = input.get()});
  CHECK(outcome.status.success());
  CHECK(outcome.output == text);
}

TEST_CASE("lines come one by one, the last one without an end too") {
  std::vector<std::string> lines;
  const Status status = run({.path = "/bin/sh", .arguments = {"-c", "printf 'a\\n\\nbc\\nd'; exit 3"}},
                            [&](std::string_view line) { lines.emplace_back(line); });
  CHECK(lines == std::vector<std::string>{"a", "", "bc", "d"});
  CHECK(status.code == 3);
}
