// What it costs to build everything from nothing: first the programs, then the tests, without ccache, in a folder that
// goes with the bench.
//
// All figures are seconds of processor time, user and system, so that others at work on the machine disturb them
// little. A unit's is what its compiler took: this program starts it, as the compiler's launcher. A header's is what
// reading it alone takes behind the precompiled header, measured with the flags of a unit that reads it, times the
// units that do: what would be saved if none did, if none of its own includes were read anyway. Code made from its
// templates is the units' cost and not the header's.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/base/error.hpp"
#include "tests/system/program.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t shown = 10;
const fs::path root = SEGUE_SOURCE_DIR;

double seconds_of_children() {
  rusage usage{};
  check(::getrusage(RUSAGE_CHILDREN, &usage), "ask what children took");
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// As the compiler's launcher: runs it, and adds a line to the log.
int compile(const fs::path& log, char** compiler) {
  const pid_t child = check(::fork(), "fork");
  if (child == 0) {
    ::execvp(compiler[0], compiler);
    _exit(127);
  }
  int status = 0;
  check(::waitpid(child, &status, 0), "wait for the compiler");
  std::string source;
  for (char** word = compiler; word[0] != nullptr && word[1] != nullptr; ++word) {
    if (std::string_view(word[0]) == "-c") source = word[1];
  }
  const std::string line = fmt::format("{:.3f} {}\n", seconds_of_children(), source);
  std::ofstream(log, std::ios::app) << line << std::flush;  // one write, so units that end together stay apart
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

std::string said_by(const test::Command& command, const test::Surroundings& where = {}) {
  const auto outcome = test::run(command, where, std::chrono::hours(1));
  if (outcome.exit_code != 0) throw Error(fmt::format("{}: {}{}", command[0], outcome.out, outcome.err));
  return outcome.out;
}

double seconds_of(const test::Command& command, const test::Surroundings& where = {}) {
  const double before = seconds_of_children();
  said_by(command, where);
  return seconds_of_children() - before;
}

struct Cost {
  double seconds = 0;
  std::string what;
};

void print_dearest(std::vector<Cost> costs) {
  std::sort(costs.begin(), costs.end(), [](const Cost& a, const Cost& b) { return a.seconds > b.seconds; });
  costs.resize(std::min(costs.size(), shown));
  for (const auto& cost : costs) fmt::print("{:>10.1f}  {}\n", cost.seconds, cost.what);
}

std::string short_name(const fs::path& path, const fs::path& build) {
  for (const auto& top : {build, root}) {
    const auto within = path.lexically_relative(top);
    if (!within.empty() && within.native()[0] != '.') return within;
  }
  return path;
}

std::vector<Cost> units_of(const fs::path& log, const fs::path& build) {
  std::vector<Cost> units;
  std::ifstream lines(log);
  for (Cost unit; lines >> unit.seconds >> unit.what; units.push_back(unit)) unit.what = short_name(unit.what, build);
  return units;
}

// What a unit was compiled from, by its object.
using Dependencies = std::map<std::string, std::set<std::string>>;

Dependencies dependencies_in(const fs::path& build) {
  Dependencies found;
  std::istringstream lines(said_by({"ninja", "-C", build, "-t", "deps"}));
  std::set<std::string>* unit = nullptr;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("    ")) {
      if (unit != nullptr) unit->insert((build / line.substr(4)).lexically_normal());
    } else if (const auto colon = line.find(": #deps"); colon != std::string::npos) {
      unit = &found[line.substr(0, colon)];
    }
  }
  return found;
}

bool is_precompiled(const std::string& object) { return object.ends_with(".gch"); }

// The headers that files of ours name, as they name them.
std::set<std::string> named_headers() {
  std::set<std::string> names;
  for (const char* top : {"nodes", "orchestrator", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("#include ")) continue;
        const auto end = line.find_first_of("\">", 10);
        if (end != std::string::npos) names.insert(line.substr(10, end - 10));
      }
    }
  }
  return names;
}

// The name under which a file of ours includes `path`; "" if none does.
std::string name_of(const std::string& path, const std::set<std::string>& names) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    if (const auto name = path.substr(slash + 1); names.contains(name)) return name;
  }
  return "";
}

// How each unit is compiled, by its object: all but what it is made from and what it makes.
std::map<std::string, test::Command> commands_in(const fs::path& build) {
  std::ifstream file(build / "compile_commands.json");
  std::map<std::string, test::Command> commands;
  for (const auto& unit : nlohmann::json::parse(file)) {
    std::istringstream words(unit.at("command").get<std::string>());
    test::Command command;
    std::string object;
    for (std::string word; words >> word;) {
      if (word == "-c") {
        words >> word;
      } else if (word == "-o") {
        words >> object;
      } else if (word.find("\\\"") == std::string::npos) {  // no header asks for the definitions that are texts
        command.push_back(word);
      }
    }
    commands[object] = std::move(command);
  }
  return commands;
}

class Reading {
 public:
  explicit Reading(const fs::path& build) : build_(build) {}

  // What it takes to read the header, with the flags of a unit.
  double cost_of(const std::string& name, const test::Command& command) {
    const auto [empty, fresh] = empty_.try_emplace(command, 0);
    if (fresh) empty->second = read("", command);
    return read(fmt::format("#include <{}>\n", name), command) - empty->second;
  }

 private:
  double read(const std::string& text, test::Command command) const {
    const auto source = scratch_.write("read.cpp", text);
    command.insert(command.end(), {"-fsyntax-only", source});
    return seconds_of(command, {.directory = build_});
  }

  fs::path build_;
  Scratch scratch_;
  std::map<test::Command, double> empty_;
};

std::vector<Cost> headers_of(const fs::path& build) {
  const auto dependencies = dependencies_in(build);
  const auto names = named_headers();
  const auto commands = commands_in(build);
  std::set<std::string> precompiled;
  for (const auto& [object, files] : dependencies) {
    if (is_precompiled(object)) precompiled.insert(files.begin(), files.end());
  }
  std::map<std::string, std::vector<std::string>> readers;  // the units' objects, by the name of the header
  for (const auto& [object, files] : dependencies) {
    if (!commands.contains(object)) continue;
    for (const auto& file : files) {
      if (precompiled.contains(file)) continue;
      if (const auto name = name_of(file, names); !name.empty()) readers[name].push_back(object);
    }
  }
  Reading reading(build);
  std::vector<Cost> headers;
  for (const auto& [name, objects] : readers) {
    const double each = reading.cost_of(name, commands.at(objects.front()));
    headers.push_back({each * static_cast<double>(objects.size()),
                       fmt::format("{} ({:.2f} in each of {} units)", name, each, objects.size())});
  }
  return headers;
}

void build(const fs::path& self) {
  const Scratch scratch;
  const auto tree = scratch.path() / "build";
  const auto log = scratch.path() / "units";
  said_by({"cmake", "-S", root, "-B", tree, "-G", "Ninja", "-DCCACHE=OFF",
           fmt::format("-DCMAKE_CXX_COMPILER_LAUNCHER={};{}", self.native(), log.native())});
  fmt::print("a cold build without ccache, seconds of processor time\n");
  const double programs = seconds_of({"ninja", "-C", tree, "programs"});
  fmt::print("{:>10.1f}  the programs, {} units (its goal: under 400)\n", programs, units_of(log, tree).size());
  std::fflush(stdout);
  const double tests = seconds_of({"ninja", "-C", tree, "all"});
  const auto units = units_of(log, tree);
  fmt::print("{:>10.1f}  programs and tests, {} units (its goal: under 1000)\n", programs + tests, units.size());
  fmt::print("the dearest units\n");
  print_dearest(units);
  std::fflush(stdout);
  fmt::print("the dearest headers that are not precompiled\n");
  print_dearest(headers_of(tree));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc > 2) return compile(argv[1], argv + 2);
    build(fs::canonical("/proc/self/exe"));
  } catch (const Error& error) {
    fmt::print(stderr, "build: {}\n", error.what());
    return error.exit_code();
  }
  return 0;
}
