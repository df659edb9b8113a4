// segue: the program. Exit codes: 0 done, 1 it failed, 2 the input is wrong, 3 the machine lacks something.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "nodes/base/error.hpp"
#include "nodes/base/version.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/files/passing_folder.hpp"
#include "orchestrator/guest/init.hpp"
#include "orchestrator/guest/runs.hpp"

namespace {

int complain(const char* what, int exit_code) {
  std::fputs(fmt::format("segue: {}\n", what).c_str(), stderr);
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace segue;
  if (guest::is_guest_init()) guest::guest_main(guest::serve_run);
  CLI::App app{"Segue: a testbed for handover.", "segue"};
  app.set_version_flag("--version", std::string(version));
  app.footer(
      "Exit codes: 0 done; 1 it failed, or was interrupted; 2 the input is wrong; 3 the machine lacks something.");
  app.require_subcommand(1);
  cli::Action action;
  for (const auto add : {cli::add_doctor, cli::add_run, cli::add_campaign, cli::add_task, cli::add_up, cli::add_inside,
                         cli::add_live, cli::add_graph, cli::add_kernel, cli::add_report, cli::add_view, cli::add_watch,
                         cli::add_worker, cli::add_keeper}) {
    add(app, action);
  }
  try {
    app.parse(argc, argv);
    files::sweep_passing_folders();
    return action();
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& call) {
    return app.exit(call);
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    return 2;
  } catch (const Error& error) {
    return complain(error.what(), error.exit_code());
  } catch (const std::exception& error) {
    return complain(error.what(), 1);
  }
}
