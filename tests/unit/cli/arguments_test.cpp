#include "orchestrator/cli/arguments.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/cli/together.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;

namespace {

int perform(std::vector<const char*> words) {
  words.insert(words.begin(), "segue");
  return cli::perform(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST_CASE("help and version are no failure, and a command line that is wrong is the input's") {
  CHECK(perform({"--version"}) == 0);
  CHECK(perform({"link", "--help"}) == 0);
  CHECK(perform({}) == 2);
  CHECK(perform({"teleport"}) == 2);
  CHECK(perform({"run"}) == 2);  // LAB is required
  CHECK(perform({"run", "prompt", "--handovers", "few"}) == 2);
  CHECK(perform({"kernel"}) == 2);
}

TEST_CASE("what a verb is told reaches it") {
  CHECK(complaint([] { perform({"graph", "no-such-lab"}); }).find("\"no-such-lab\"") != std::string::npos);
  CHECK(complaint([] { perform({"run", "no-such-lab"}); }).find("\"no-such-lab\"") != std::string::npos);
  CHECK(complaint([] { perform({"up", "no-such-lab"}); }).find("\"no-such-lab\"") != std::string::npos);
  CHECK(complaint([] { perform({"campaign", "x.toml", "--clock", "lunar"}); }).find("\"lunar\"") != std::string::npos);
}

TEST_CASE("a complaint about the command line is the program's, with the verb and the way to its help") {
  const auto said = [](std::vector<const char*> words) { return test::together([&] { CHECK(perform(words) == 2); }); };
  CHECK(said({"run", "prompt", "--warp"}) ==
        "segue: run: The following argument was not expected: --warp\nRun `segue run --help` for more information.\n");
  CHECK(said({}).starts_with("segue: A subcommand is required\n"));
  CHECK(said({"kernel", "build", "x"}).starts_with("segue: kernel build: "));
}

TEST_CASE("options of a command in a node: taken as they are, or refused with a hint at --") {
  const auto said = [](std::vector<const char*> words) { return test::together([&] { CHECK(perform(words) == 2); }); };
  CHECK(said({"exec", "mn", "-c", "1", "cn"}).find("segue exec NODE -- CMD") != std::string::npos);
  CHECK(said({"exec", "mn"}).find("CMD is required") != std::string::npos);
  // They get as far as the lab that is not up.
  for (const std::vector<const char*>& words :
       {std::vector<const char*>{"exec", "--lab", "nobody", "mn", "ping", "-c", "1", "cn"},
        {"exec", "--lab", "nobody", "mn", "--", "printf", "[a,b]", "[]", "--help"},
        {"capture", "--lab", "nobody", "mn:ar1", "--", "-c", "1", "--lab", "other"}}) {
    CHECK(complaint([&] { perform(words); }).find("no lab named \"nobody\" is up") != std::string::npos);
  }
}
