// A campaign whose disk is full.
#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mount.h>

#include <nlohmann/json.hpp>

#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;
using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE("a full disk is told, leaves no part of anything, and the campaign goes on once there is room") {
  const Scratch scratch;
  const auto disk = scratch.path() / "disk";
  fs::create_directory(disk);
  REQUIRE(::unshare(CLONE_NEWNS) == 0);
  REQUIRE(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
  REQUIRE(::mount("none", disk.c_str(), "tmpfs", 0, "size=96k") == 0);
  const auto file = small_campaign(scratch.path());
  const Outcome full = run(campaign_command(file, disk / "out", {"--jobs", "1"}));
  CHECK(full.exit_code == 1);
  CHECK(full.err.find("space") != std::string::npos);
  const auto results = results_in(disk / "out");
  for (const auto& result : results) {
    const std::string& name = result.first;
    CAPTURE(name);
    CHECK(!name.ends_with(".csv"));
    CHECK(!name.starts_with(".aside"));
    if (name.ends_with(".json")) CHECK(json::accept(result.second));
  }
  REQUIRE(::mount("none", disk.c_str(), nullptr, MS_REMOUNT, "size=64m") == 0);
  const Outcome rest = run(campaign_command(file, disk / "out", {"--resume"}));
  INFO(rest.err);
  CHECK(rest.exit_code == 0);
  REQUIRE(run(campaign_command(file, scratch.path() / "whole")).exit_code == 0);
  CHECK(differences(results_in(disk / "out"), results_in(scratch.path() / "whole")) == "");
  ::umount2(disk.c_str(), MNT_DETACH);
}
