#include "orchestrator/cli/output.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace segue::cli {

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

void say(const std::string& text) {
  std::fflush(stdout);
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

void warn(const std::vector<std::string>& all) {
  for (const auto& one : all) say(fmt::format("segue: warning: {}\n", one));
}

}  // namespace segue::cli
