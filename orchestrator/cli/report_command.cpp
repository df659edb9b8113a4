#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/report/html_report.hpp"

namespace segue::cli {

int write_report(const std::string& folder) {
  print(report::write_html(folder).string() + '\n');
  return 0;
}

}  // namespace segue::cli
