#include "orchestrator/guest/source_changes.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "nodes/base/error.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::guest;

namespace {

// A tree that holds what is changed, and nothing else.
void write_tree(const Scratch& scratch, const SourceChange* without = nullptr) {
  std::map<std::string, std::string> files;
  for (const auto& change : source_changes()) {
    files[change.file] += &change == without ? "another text\n" : "/* before */\n" + change.from + "/* after */\n";
  }
  for (const auto& [name, text] : files) scratch.write(name, text);
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

TEST_CASE("every change of the source finds its place and leaves the rest") {
  const Scratch scratch;
  write_tree(scratch);
  apply_source_changes(scratch.path());
  for (const auto& change : source_changes()) {
    const auto text = content(scratch.path() / change.file);
    CHECK(text.find("/* before */\n" + change.to + "/* after */\n") != text.npos);
  }
}

TEST_CASE("a text that some sources have not yet may lack, but not its file") {
  const Scratch scratch;
  write_tree(scratch);
  for (const auto& change : source_changes()) {
    if (!change.may_lack) continue;
    write_tree(scratch, &change);
    CHECK_NOTHROW(apply_source_changes(scratch.path()));
    CHECK(content(scratch.path() / change.file).find("another text\n") != std::string::npos);
    write_tree(scratch);
    std::filesystem::remove(scratch.path() / change.file);
    CHECK_THROWS_AS(apply_source_changes(scratch.path()), Error);
    return;
  }
  FAIL("there is none");
}

TEST_CASE("a source without a text that is to be changed, or with two of them, is another kernel's") {
  const Scratch scratch;
  CHECK_THROWS_WITH_AS(apply_source_changes(scratch.path()), doctest::Contains("Linux 6.12"), Error);
  write_tree(scratch);
  const auto& first = source_changes().front();
  std::ofstream(scratch.path() / first.file, std::ios::app) << first.from;
  CHECK_THROWS_WITH_AS(apply_source_changes(scratch.path()), doctest::Contains(first.file.c_str()), Error);
}
