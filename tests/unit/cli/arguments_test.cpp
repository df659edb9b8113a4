#include "orchestrator/cli/arguments.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

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
