#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/layers/rules.hpp"

using segue::layers::violations;
namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string first_violation(const std::string& path, const std::string& text) {
  const auto found = violations(path, text);
  return found.empty() ? "" : found.front();
}

}  // namespace

TEST_CASE("the tree keeps the rules of the house") {
  const fs::path root = SEGUE_SOURCE_DIR;
  std::size_t files = 0;
  for (const char* top : {"nodes", "orchestrator", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const auto extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".hpp") continue;
      const std::string path = fs::relative(entry.path(), root);
      if (path.starts_with("tests/unit/layers/")) continue;  // its samples break every rule
      ++files;
      for (const auto& violation : violations(path, text_of(entry.path()))) FAIL_CHECK(violation);
    }
  }
  CHECK(files > 10);
}

TEST_CASE("an include against the arrows is found, one along them is not") {
  CHECK(first_violation("nodes/link/wire.cpp", "\n#include \"nodes/probe/voip.hpp\"\n") ==
        "nodes/link/wire.cpp:2: nodes/link may not include \"nodes/probe/voip.hpp\"");
  CHECK(first_violation("nodes/agent/main.cpp", "#include \"orchestrator/lab/lab.hpp\"\n") ==
        "nodes/agent/main.cpp:1: nodes/agent may not include \"orchestrator/lab/lab.hpp\"");
  CHECK(first_violation("orchestrator/report/csv.cpp", "#include \"orchestrator/campaign/matrix.hpp\"\n") ==
        "orchestrator/report/csv.cpp:1: orchestrator/report may not include \"orchestrator/campaign/matrix.hpp\"");
  CHECK(first_violation("orchestrator/cli/run.cpp", "#include \"nodes/base/fd.hpp\"\n").empty());
  CHECK(first_violation("orchestrator/lab/lab.cpp", "#include \"orchestrator/lab/lab.hpp\"\n").empty());
  CHECK(first_violation("orchestrator/extra/x.cpp", "") == "orchestrator/extra/x.cpp: lies in no folder of the design");
}

TEST_CASE("a library is included by its one user and by that user's tests alone") {
  CHECK(first_violation("nodes/link/netem.cpp", "#include <netlink/route/qdisc.h>\n") ==
        "nodes/link/netem.cpp:1: only nodes/netlink/ includes <netlink/route/qdisc.h>");
  CHECK(first_violation("orchestrator/lab/lab.cpp", "#include <toml++/toml.h>\n") ==
        "orchestrator/lab/lab.cpp:1: only orchestrator/config/ includes <toml++/toml.h>");
  CHECK(first_violation("orchestrator/lab/lab.cpp", "#include <prometheus/counter.h>\n") ==
        "orchestrator/lab/lab.cpp:1: only orchestrator/metrics/ includes <prometheus/counter.h>");
  CHECK(first_violation("orchestrator/cli/up.cpp", "#include <CLI/CLI.hpp>\n") ==
        "orchestrator/cli/up.cpp:1: only orchestrator/cli/arguments.cpp includes <CLI/CLI.hpp>");
  CHECK(first_violation("orchestrator/cli/watch_command.cpp", "#include <curses.h>\n") ==
        "orchestrator/cli/watch_command.cpp:1: only orchestrator/view/ includes <curses.h>");
  CHECK(first_violation("nodes/agent/executor.cpp", "#include <boost/process.hpp>\n") ==
        "nodes/agent/executor.cpp:1: only nodes/process/child.cpp includes <boost/process.hpp>");
  CHECK(first_violation("nodes/process/child.cpp", "#include <boost/process/extend.hpp>\n").empty());
  CHECK(first_violation("orchestrator/view/terminal.cpp", "#include <curses.h>\n").empty());
  CHECK(first_violation("nodes/netlink/qdisc.cpp", "#include <netlink/route/qdisc.h>\n").empty());
  CHECK(first_violation("tests/unit/netlink/qdisc_test.cpp", "#include <netlink/msg.h>\n").empty());
  CHECK_FALSE(first_violation("tests/unit/lab/lab_test.cpp", "#include <netlink/msg.h>\n").empty());
  CHECK_FALSE(first_violation("nodes/protocol/channel.hpp", "#include <nlohmann/json.hpp>\n").empty());
}

TEST_CASE("processes for what netlink does, and shells, are found outside comments") {
  for (const char* line : {"std::system(command);", "FILE* pipe = popen(command, \"r\");", "spawn({\"ip\", \"link\"});",
                           "run(\"/usr/sbin/tc\");", "run({\"sysctl\", \"-w\", value});"}) {
    CAPTURE(line);
    CHECK_FALSE(first_violation("orchestrator/lab/lab.cpp", line).empty());
  }
  for (const char* line : {"// popen() and system() would start a shell", "std::filesystem(path);", "key == \"ip\";"}) {
    CAPTURE(line);
    CHECK(first_violation("orchestrator/lab/lab.cpp", line).empty());
  }
}

TEST_CASE("a test that waits for time to pass and a file too long are found") {
  CHECK_FALSE(first_violation("tests/netns/lab/lab_test.cpp", "std::this_thread::sleep_for(1s);").empty());
  CHECK_FALSE(first_violation("tests/netns/lab/lab_test.cpp", "::usleep(10);").empty());
  std::string text;
  for (int line = 0; line < 400; ++line) text += "\n";
  CHECK(first_violation("nodes/base/long.cpp", text).empty());
  CHECK(first_violation("nodes/base/long.cpp", text + "\n") == "nodes/base/long.cpp: 401 lines, more than 400");
}

TEST_CASE("whoever tells the order of the folders tells the same") {
  const fs::path root = SEGUE_SOURCE_DIR;
  const auto order = segue::layers::folders_in_order();
  for (const char* file : {"orchestrator/DESIGN.md", "CONTRIBUTING.md"}) {
    INFO(file);
    CHECK(segue::layers::folders_told(text_of(root / file)) == order);
  }
  std::vector<std::string> built;
  std::istringstream lines(text_of(root / "CMakeLists.txt"));
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view call = "segue_folder(";
    if (line.starts_with(call)) built.push_back(line.substr(call.size(), line.find(' ') - call.size()));
  }
  CHECK(built == order);
}
