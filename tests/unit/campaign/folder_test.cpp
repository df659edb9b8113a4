#include "orchestrator/campaign/folder.hpp"

#include <doctest/doctest.h>

#include "orchestrator/campaign/identity.hpp"
#include "tests/unit/campaign/tools.hpp"

using namespace segue;
using namespace segue::campaign;
using namespace segue::test;

namespace {

namespace fs = std::filesystem;

constexpr const char* text = "probes = [\"voip\"]\n";

}  // namespace

TEST_CASE("a folder with a campaign is gone on with only if that is asked for, and only with the same campaign") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, text);
  const auto out = scratch.path() / "out";
  { const CampaignFolder folder(out, identity_of(plan), false); }
  const auto before = files_of(out);
  CHECK(before.contains("campaign.json"));
  CHECK(complaint([&] { CampaignFolder(out, identity_of(plan), false); }).find("--resume goes on with it") !=
        std::string::npos);
  const auto other = plan_of(scratch, std::string(text) + "handovers = 9\n");
  CHECK(complaint([&] {
          CampaignFolder(out, identity_of(other), true);
        }).find("differ in handovers (it has 8, this one 9)") != std::string::npos);
  auto another_clock = plan;
  another_clock.clock = "real";
  CHECK(complaint([&] { CampaignFolder(out, identity_of(another_clock), true); }).find("differ in clock") !=
        std::string::npos);
  CHECK(files_of(out) == before);
  { const CampaignFolder folder(out, identity_of(plan), true); }
  CHECK(files_of(out) == before);
}

TEST_CASE("a folder with something else is left as it is") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, text);
  scratch.write("mine/thesis.tex", "all of it");
  for (const bool resume : {false, true}) {
    const auto said = complaint([&] { CampaignFolder(scratch.path() / "mine", identity_of(plan), resume); });
    CHECK(said.find("it holds something that is no campaign") != std::string::npos);
  }
  CHECK(files_of(scratch.path() / "mine") == std::map<std::string, std::string>{{"thesis.tex", "all of it"}});
  CHECK(complaint([&] {
          CampaignFolder(scratch.path() / "mine" / "thesis.tex", identity_of(plan), false);
        }).find("it is no folder") != std::string::npos);
}

TEST_CASE("two campaigns cannot run in one folder at a time") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, text);
  const CampaignFolder folder(scratch.path() / "out", identity_of(plan), false);
  CHECK_THROWS_WITH_AS(CampaignFolder(scratch.path() / "out", identity_of(plan), true),
                       doctest::Contains("a campaign is running in it"), Error);
}

TEST_CASE("a result comes back as it was stored, and what is left aside is no run") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, text);
  const auto out = scratch.path() / "out";
  const CampaignFolder folder(out, identity_of(plan), false);
  const RunKey key{.cell = 1, .repetition = 3};
  const auto result = made_up_result(spec_of(plan, key));
  folder.store(key, result);
  CHECK(to_json(folder.load(key)) == to_json(result));
  scratch.write("out/.aside/c000-r01/result.json", "{");
  CHECK(folder.finished() == std::vector<RunKey>{key});
}
