#include "orchestrator/guest/tool.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/prctl.h>

#include <array>
#include <boost/process.hpp>
#include <boost/process/extend.hpp>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <set>
#include <utility>

#include "nodes/base/error.hpp"

namespace segue::guest {

namespace {

namespace bp = boost::process;

constexpr std::size_t lines_in_error = 15;

bp::environment build_environment() {
  bp::environment environment;
  for (const char* name : {"PATH", "HOME"})
    if (const char* value = std::getenv(name)) environment[name] = value;
  environment["LC_ALL"] = "C";
  environment["XZ_DEFAULTS"] = "-T0";  // on all cores
  // The kernel shows these in its version, which programs in the guest can read.
  environment["KBUILD_BUILD_TIMESTAMP"] = "2000-01-01";
  environment["KBUILD_BUILD_USER"] = "segue";
  environment["KBUILD_BUILD_HOST"] = "guest";
  environment["KBUILD_BUILD_VERSION"] = "1";
  return environment;
}

}  // namespace

void require_build_tools() {
  static constexpr std::array<std::pair<const char*, const char*>, 9> tools{{
      {"tar", "tar"},
      {"xz", "xz-utils"},
      {"make", "make"},
      {"gcc", "gcc"},
      {"ld", "binutils"},
      {"strip", "binutils"},
      {"flex", "flex"},
      {"bison", "bison"},
      {"bc", "bc"},
  }};
  std::vector<std::string> missing;
  std::set<std::string> packages;
  for (const auto& [tool, package] : tools) {
    if (!bp::search_path(tool).empty()) continue;
    missing.emplace_back(tool);
    packages.insert(package);
  }
  if (!std::filesystem::exists("/usr/include/stdio.h")) {
    missing.emplace_back("the C library's headers");
    packages.insert("libc6-dev");
  }
  if (!missing.empty())
    throw MachineError(fmt::format("build the guest kernel: {} not found: apt-get install {}", fmt::join(missing, ", "),
                                   fmt::join(packages, " ")));
}

void run_tool(std::string_view attempt, const std::vector<std::string>& command, const std::filesystem::path& directory,
              const std::function<void(std::string_view line)>& on_line) {
  const auto program = bp::search_path(command.front());
  if (program.empty()) throw MachineError(fmt::format("{}: {} not found", attempt, command.front()));
  bp::ipstream output;
  std::error_code error;
  bp::child child(
      program, bp::args(std::vector(command.begin() + 1, command.end())), build_environment(),
      bp::start_dir(directory.native()), bp::std_in<bp::null, (bp::std_out & bp::std_err)> output, error,
      bp::extend::on_exec_setup = [](auto&) { ::prctl(PR_SET_PDEATHSIG, SIGTERM); });
  if (error) throw Error(fmt::format("{}: {}: {}", attempt, command.front(), error.message()));
  std::deque<std::string> tail;
  for (std::string line; std::getline(output, line);) {
    if (on_line) on_line(line);
    tail.push_back(line);
    if (tail.size() > lines_in_error) tail.pop_front();
  }
  child.wait();
  if (child.exit_code() != 0)
    throw Error(fmt::format("{}: {} failed with status {}:\n{}", attempt, command.front(), child.exit_code(),
                            fmt::join(tail, "\n")));
}

}  // namespace segue::guest
