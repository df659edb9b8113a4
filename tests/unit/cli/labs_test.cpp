#include "orchestrator/cli/labs.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "nodes/base/error.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
namespace fs = std::filesystem;

namespace {

// The working folder for as long as this lives.
class WorkingIn {
 public:
  explicit WorkingIn(const fs::path& folder) : before_(fs::current_path()) { fs::current_path(folder); }
  WorkingIn(const WorkingIn&) = delete;
  WorkingIn& operator=(const WorkingIn&) = delete;
  ~WorkingIn() { fs::current_path(before_); }

 private:
  fs::path before_;
};

}  // namespace

TEST_CASE("a lab is a folder with a topology, or that file") {
  const Scratch scratch;
  const auto file = scratch.write("mine/topology.toml", "");
  CHECK(cli::find_lab(file.parent_path().string()) == file.parent_path());
  CHECK(cli::find_lab(file.string()) == file);
  const WorkingIn here(scratch.path());
  CHECK(fs::equivalent(cli::find_lab("mine"), file.parent_path()));
  CHECK(cli::find_lab("mine").is_absolute());
}

TEST_CASE("or the name of one under topologies/ of this folder") {
  const Scratch scratch;
  const auto file = scratch.write("topologies/mine/topology.toml", "");
  const WorkingIn here(scratch.path());
  CHECK(fs::equivalent(cli::find_lab("mine"), file.parent_path()));
}

TEST_CASE("what is none of these is refused with the labs there are") {
  const Scratch scratch;
  scratch.write("topologies/mine/topology.toml", "");
  scratch.write("topologies/yours/topology.toml", "");
  scratch.write("topologies/empty/readme", "");
  const WorkingIn here(scratch.path());
  const std::string said = complaint([] { cli::find_lab("theirs"); });
  CHECK(said.find("no lab \"theirs\"") == 0);
  for (const char* there : {"mine", "yours"})
    CHECK(said.find(there) != std::string::npos);  // and the labs of the build
  CHECK(said.find("empty") == std::string::npos);
  CHECK_FALSE(complaint([] { cli::find_lab("empty"); }).empty());
  CHECK_FALSE(complaint([] { cli::find_lab(""); }).empty());
}
