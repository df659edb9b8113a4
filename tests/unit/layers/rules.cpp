#include "tests/unit/layers/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <regex>
#include <sstream>

namespace segue::layers {
namespace {

// From the lowest up: a folder includes itself and what stands before it.
constexpr std::array<std::string_view, 24> order = {
    "nodes/base",           "nodes/netlink",
    "nodes/process",        "nodes/link",
    "nodes/protocol",       "nodes/signalling",
    "nodes/probe",          "nodes/mechanism",
    "nodes/relay",          "nodes/agent",
    "orchestrator/files",   "orchestrator/record",
    "orchestrator/config",  "orchestrator/metrics",
    "orchestrator/report",  "orchestrator/mobility",
    "orchestrator/lab",     "orchestrator/experiment",
    "orchestrator/guest",   "orchestrator/campaign",
    "orchestrator/monitor", "orchestrator/keeper",
    "orchestrator/view",    "orchestrator/cli",
};

constexpr std::size_t most_lines = 400;

struct OwnedLibrary {
  std::string_view include_prefix;
  std::string_view owner;
  std::string_view owner_of_tests;  // tests of the owner may look at what it makes
};

constexpr std::array owned_libraries = {
    OwnedLibrary{"netlink/", "nodes/netlink/", "/netlink/"},
    OwnedLibrary{"libnl", "nodes/netlink/", "/netlink/"},
    OwnedLibrary{"boost/process", "nodes/process/child.cpp", "/process/"},
    OwnedLibrary{"toml++/", "orchestrator/config/", "/config/"},
    OwnedLibrary{"toml.hpp", "orchestrator/config/", "/config/"},
    OwnedLibrary{"prometheus/", "orchestrator/metrics/", "/metrics/"},
    OwnedLibrary{"CLI/", "orchestrator/cli/arguments.cpp", "/cli/"},
    OwnedLibrary{"sqlite3.h", "orchestrator/campaign/", "/campaign/"},
    OwnedLibrary{"boost/crc", "nodes/signalling/signal.cpp", "/signalling/"},
    OwnedLibrary{"boost/math/", "orchestrator/report/statistics.cpp", "/report/"},
    OwnedLibrary{"curses.h", "orchestrator/view/", "/view/"},
    OwnedLibrary{"ncurses", "orchestrator/view/", "/view/"},
    OwnedLibrary{"term.h", "orchestrator/view/", "/view/"},
};

bool is_test(std::string_view path) { return path.starts_with("tests/"); }

std::optional<std::size_t> rank_of(std::string_view path) {
  const auto found = std::find_if(order.begin(), order.end(), [&](std::string_view folder) {
    return path.starts_with(folder) && path.substr(folder.size()).starts_with('/');
  });
  if (found == order.end()) return std::nullopt;
  return static_cast<std::size_t>(found - order.begin());
}

std::optional<std::string> arrow_back(const std::string& path, const std::string& included) {
  const auto from = rank_of(path);
  const auto to = rank_of(included);
  if (!from || !to || *to <= *from) return std::nullopt;
  return fmt::format("{} may not include \"{}\"", order[*from], included);
}

std::optional<std::string> foreign_library(const std::string& path, const std::string& included) {
  for (const auto& library : owned_libraries) {
    if (!included.starts_with(library.include_prefix)) continue;
    if (path.starts_with(library.owner)) continue;
    if (is_test(path) && path.find(library.owner_of_tests) != std::string::npos) continue;
    return fmt::format("only {} includes <{}>", library.owner, included);
  }
  if (included == "nlohmann/json.hpp" && path.ends_with(".hpp")) return "a header includes <nlohmann/json.hpp>";
  return std::nullopt;
}

std::string without_comment(const std::string& line) {
  static const std::regex comment(R"((^|[^:"])//.*$)");
  return std::regex_replace(line, comment, "$1");
}

std::optional<std::string> forbidden_call(const std::string& path, const std::string& line) {
  static const std::regex process(R"(\b(popen|system)\s*\()");
  // An argument, and no word of a file that is compared: `== "ip"`.
  static const std::regex command(R"re((^|[^= ]) ?("((/usr)?/s?bin/)?(ip|tc|sysctl)"))re");
  static const std::regex sleeping(R"(\b(sleep_for|sleep_until|usleep|sleep)\s*\()");
  std::smatch match;
  if (is_test(path)) {
    if (std::regex_search(line, match, sleeping)) return fmt::format("a test waits for time to pass: {}", match.str(1));
    return std::nullopt;
  }
  if (std::regex_search(line, match, process)) return fmt::format("{}() starts a shell", match.str(1));
  if (std::regex_search(line, match, command)) return fmt::format("{} is for netlink to do", match.str(2));
  return std::nullopt;
}

}  // namespace

std::vector<std::string> violations(const std::string& path, std::string_view text) {
  static const std::regex include(R"(^\s*#\s*include\s*["<]([^">]+)[">])");
  std::vector<std::string> found;
  if (!is_test(path) && !rank_of(path)) found.push_back(fmt::format("{}: lies in no folder of the design", path));

  std::istringstream lines{std::string(text)};
  std::size_t number = 0;
  const auto report = [&](const std::optional<std::string>& what) {
    if (what) found.push_back(fmt::format("{}:{}: {}", path, number, *what));
  };
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::smatch match;
    if (std::regex_search(line, match, include)) {
      report(arrow_back(path, match.str(1)));
      report(foreign_library(path, match.str(1)));
    } else {
      report(forbidden_call(path, without_comment(line)));
    }
  }
  if (number > most_lines) found.push_back(fmt::format("{}: {} lines, more than {}", path, number, most_lines));
  return found;
}

std::vector<std::string> folders_in_order() { return {order.begin(), order.end()}; }

std::vector<std::string> folders_told(std::string_view text) {
  std::vector<std::string> folders;
  std::istringstream lines{std::string(text)};
  std::string part;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("    nodes/")) part = "nodes/";
    if (part.empty()) continue;
    if (!line.starts_with("    ")) break;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      if (word.ends_with('/')) part = word;
      if (!word.ends_with('/') && word != "<") folders.push_back(part + word);
    }
  }
  return folders;
}

}  // namespace segue::layers
