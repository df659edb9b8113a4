#include "orchestrator/cli/passed_on.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/config/scratch.hpp"

using namespace segue;
using List = std::vector<std::string>;

namespace {

void check(const List& words, const List& own, const List& passed_on) {
  const auto taken = cli::take_apart(words);
  CAPTURE(words);
  CHECK(taken.own == own);
  CHECK(taken.passed_on == passed_on);
}

}  // namespace

TEST_CASE("what stands behind -- is the command, whatever it looks like") {
  check({"exec", "mn", "--", "printf", "<%s>", "[a,b]", "[]", "--lab", "x", "--"}, {"exec", "mn"},
        {"printf", "<%s>", "[a,b]", "[]", "--lab", "x", "--"});
  check({"exec", "--lab", "a", "mn", "--", "true"}, {"exec", "--lab", "a", "mn"}, {"true"});
  check({"exec", "mn", "--lab=a", "--", "-x"}, {"exec", "mn", "--lab=a"}, {"-x"});
  check({"exec", "--", "mn", "ping", "-c", "1"}, {"exec", "--", "mn"}, {"ping", "-c", "1"});
  check({"exec", "mn", "--", ""}, {"exec", "mn"}, {""});
}

TEST_CASE("without -- it begins with the first word behind the node") {
  check({"exec", "mn", "ping", "-c", "1", "cn"}, {"exec", "mn"}, {"ping", "-c", "1", "cn"});
  check({"exec", "mn", "--lab", "a", "sh", "-c", "echo --", "--"}, {"exec", "mn", "--lab", "a"},
        {"sh", "-c", "echo --", "--"});
  check({"exec", "mn", "ip", "--help"}, {"exec", "mn"}, {"ip", "--help"});
  check({"exec", "mn", "--help"}, {"exec", "mn", "--help"}, {});
  check({"exec", "mn"}, {"exec", "mn"}, {});
  check({"exec", "--lab"}, {"exec", "--lab"}, {});
}

TEST_CASE("an option that may be either's is refused with the ways to say whose it is") {
  for (const List& words : {List{"exec", "mn", "ping", "cn", "--lab", "a"}, List{"exec", "mn", "ping", "--lab=a"}}) {
    const auto said = complaint([&] { cli::take_apart(words); });
    CHECK(said.find("--lab") != std::string::npos);
    CHECK(said.find("segue exec NODE -- CMD") != std::string::npos);
  }
}

TEST_CASE("of capture it is tcpdump's arguments, and of other verbs nothing") {
  check({"capture", "mn:ar1", "-w", "f", "--", "-c", "5", "[x]"}, {"capture", "mn:ar1", "-w", "f"}, {"-c", "5", "[x]"});
  check({"capture", "mn"}, {"capture", "mn"}, {});
  check({"run", "lab", "--", "x"}, {"run", "lab", "--", "x"}, {});
  check({}, {}, {});
}
