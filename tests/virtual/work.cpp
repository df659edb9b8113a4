#include "tests/virtual/work.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <map>

#include "nodes/base/error.hpp"
#include "orchestrator/guest/kernel.hpp"

namespace segue::test {

namespace {

std::map<std::string, std::function<int(const Arguments&)>>& works() {
  static std::map<std::string, std::function<int(const Arguments&)>> all;
  return all;
}

// Any program of the host.
const Work run("run", [](const Arguments& arguments) -> int {
  std::vector<char*> words;
  for (std::size_t i = 1; i < arguments.size(); ++i) words.push_back(const_cast<char*>(arguments[i].c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  throw_errno("run " + arguments.at(1));
});

}  // namespace

Work::Work(const std::string& name, std::function<int(const Arguments&)> work) { works()[name] = std::move(work); }

int do_work(const Arguments& arguments) { return works().at(arguments.at(0))(arguments); }

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

Folder::Folder() {
  std::string name = std::filesystem::temp_directory_path() / "segue-virtual-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw_errno("make the folder " + name);
  path = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

guest::GuestOptions guest_options(const Arguments& arguments, const Folder& out) {
  guest::GuestOptions options;
  options.kernel = guest::kernel_path();
  options.init = "/proc/self/exe";
  options.arguments = arguments;
  options.out = out.path;
  options.directory = out.path;
  return options;
}

Ran in_guest(const guest::GuestOptions& options) {
  Ran ran;
  ran.result = guest::run_guest(options, [&](std::string_view line) { ran.lines.emplace_back(line); });
  return ran;
}

}  // namespace segue::test
