#include "orchestrator/guest/tool.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <set>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/process/run.hpp"

namespace segue::guest {

namespace {

constexpr std::size_t lines_in_error = 15;

process::Environment build_environment() {
  process::Environment environment;
  for (const char* name : {"PATH", "HOME"})
    if (const char* value = std::getenv(name)) environment.emplace_back(name, value);
  // The kernel shows those of its build in its version, which programs in the guest can read.
  environment.insert(environment.end(), {{"LC_ALL", "C"},
                                         {"XZ_DEFAULTS", "-T0"},  // on all cores
                                         {"KBUILD_BUILD_TIMESTAMP", "2000-01-01"},
                                         {"KBUILD_BUILD_USER", "segue"},
                                         {"KBUILD_BUILD_HOST", "guest"},
                                         {"KBUILD_BUILD_VERSION", "1"}});
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
    if (!process::find_program(tool).empty()) continue;
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
  const auto path = process::find_program(command.front());
  if (path.empty()) throw MachineError(fmt::format("{}: {} not found", attempt, command.front()));
  std::deque<std::string> tail;
  const auto status = process::run({.path = path,
                                    .arguments = std::vector(command.begin() + 1, command.end()),
                                    .environment = build_environment(),
                                    .folder = directory.native(),
                                    .errors = process::as_output,
                                    .death_signal = SIGTERM},
                                   [&](std::string_view line) {
                                     if (on_line) on_line(line);
                                     tail.emplace_back(line);
                                     if (tail.size() > lines_in_error) tail.pop_front();
                                   });
  if (!status.success())
    throw Error(fmt::format("{}: {}: {}:\n{}", attempt, command.front(), to_text(status), fmt::join(tail, "\n")));
}

}  // namespace segue::guest
