#include <fmt/format.h>

#include <cstdio>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/report/html_report.hpp"

namespace segue::cli {

int write_report(const std::string& folder) {
  std::fputs(fmt::format("{}\n", report::write_html(folder).string()).c_str(), stdout);
  return 0;
}

}  // namespace segue::cli
