#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/report/html_report.hpp"

namespace segue::cli {

void add_report(CLI::App& app, Action& action) {
  auto folder = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("report", "Make report.html from what a run or a campaign left in a folder");
  verb->add_option("DIR", *folder, "The folder with the results")->required();
  verb->callback([&action, folder] {
    action = [folder] {
      std::fputs(fmt::format("{}\n", report::write_html(*folder).string()).c_str(), stdout);
      return 0;
    };
  });
}

}  // namespace segue::cli
