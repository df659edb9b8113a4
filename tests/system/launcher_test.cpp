// The launcher, on machines made up of programs that say what such a machine's would.
#include <doctest/doctest.h>
#include <grp.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::test;

namespace {

namespace fs = std::filesystem;

// A clone with nothing in it to build, and a folder of programs that come before the machine's own.
class Clone {
 public:
  Clone() {
    const fs::path source = SEGUE_SOURCE_DIR;
    fs::copy_file(source / "segue", launcher());
    for (const char* folder : {"nodes", "orchestrator", "machine"}) fs::create_directory(scratch_.path() / folder);
    std::ofstream(scratch_.path() / "CMakeLists.txt") << "project(nothing)\n";
    fs::permissions(scratch_.path(), fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  }

  void machine_has(const std::string& program, const std::string& script) const {
    const auto path = scratch_.path() / "machine" / program;
    std::ofstream(path) << "#!/bin/bash\n" << script << '\n';
    fs::permissions(path, fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  }

  Outcome run(const Command& words, bool as_root) const {
    Command command{launcher().string()};
    command.insert(command.end(), words.begin(), words.end());
    const std::string path = (scratch_.path() / "machine").native() + ':' + ::getenv("PATH");
    return segue::test::run(command,
                            {.directory = scratch_.path(), .in_child = [&path, as_root] {
                               ::setenv("PATH", path.c_str(), 1);
                               if (as_root) return;
                               if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0)
                                 ::_exit(126);
                             }});
  }

 private:
  fs::path launcher() const { return scratch_.path() / "segue"; }

  Scratch scratch_;
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

constexpr const char* nothing = "exit 1";
constexpr const char* everything = "for name in \"${@:4}\"; do echo \"ii  $name\"; done";

// apt-cache policy of one package, where apt has only a Boost.
std::string knows_boost(const std::string& version) {
  return "[[ $2 == *" + version + "-dev ]] && printf '%s:\\n  Installed: (none)\\n  Candidate: 1.0-1\\n' \"$2\"";
}

}  // namespace

TEST_CASE("who may not install is told once of all that is missing, by the names that the release has") {
  for (const std::string& boost : Command{"1.81", "1.83"}) {
    CAPTURE(boost);
    const Clone clone;
    clone.machine_has("dpkg-query", nothing);
    clone.machine_has("apt-cache", knows_boost(boost));
    const Outcome outcome = clone.run({"run", "prompt", "--clock", "virtual"}, false);
    CHECK(outcome.exit_code == 3);
    CHECK(outcome.out.empty());
    CHECK(count(outcome.err, "apt-get install") == 1);
    for (const auto& package : Command{"g++", "iperf", "flex", "libboost" + boost + "-dev"})
      CHECK_MESSAGE(count(outcome.err, ' ' + package + ' ') == 1, outcome.err);
    CHECK(count(outcome.err, "libboost") == count(outcome.err, boost));
    CHECK(count(outcome.err, "linux-source") == 0);  // apt has none: it is not asked for
  }
}

TEST_CASE("a build says how far it is and how long it will take, and standard output is the program's") {
  const Clone clone;
  clone.machine_has("dpkg-query", everything);
  clone.machine_has("cmake", "exit 0");
  clone.machine_has("ninja", R"(
    echo '[1/4] Building CXX object a.o'
    mkdir -p "$2/bin"
    printf '#!/bin/sh\necho "the program: $*"\n' >"$2/bin/segue"
    chmod 755 "$2/bin/segue")");
  const Outcome outcome = clone.run({"ps"}, true);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out == "the program: ps\n");
  CHECK(count(outcome.err, "building programs: 1 of 4, about ") == 1);
  CHECK(count(clone.run({"ps"}, true).err, "building") == 0);
}
