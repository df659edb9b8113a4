// segue: the program. Exit codes: 0 done, 1 it failed, 2 the input is wrong, 3 the machine lacks something; README.md
// says what of a run is a failure.
#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "nodes/base/error.hpp"
#include "orchestrator/cli/arguments.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/files/passing_folder.hpp"
#include "orchestrator/guest/init.hpp"
#include "orchestrator/guest/runs.hpp"

namespace {

int complain(const char* what, int exit_code) {
  segue::cli::say(fmt::format("segue: {}\n", what));
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace segue;
  if (guest::is_guest_init()) guest::guest_main(guest::serve_run);
  try {
    files::sweep_passing_folders();
    return cli::perform(argc, argv);
  } catch (const Error& error) {
    return complain(error.what(), error.exit_code());
  } catch (const std::exception& error) {
    return complain(error.what(), 1);
  }
}
