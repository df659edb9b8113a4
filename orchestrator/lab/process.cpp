#include "orchestrator/lab/process.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "nodes/base/error.hpp"

namespace segue::lab {

namespace {

namespace fs = std::filesystem;

process::Program serving(const fs::path& program, std::vector<std::string> arguments, int control) {
  arguments.insert(arguments.end(), {"--control", std::to_string(control)});
  return {.path = program.string(),
          .arguments = std::move(arguments),
          .inherit = {control},
          .group = process::Group::own};  // the terminal's Ctrl-C is the orchestrator's to handle
}

}  // namespace

fs::path helper_program(const std::string& name) {
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& candidate : {here / name, here.parent_path() / "lib" / "segue" / name}) {
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  throw MachineError(fmt::format("find {}: it is neither in {} nor in {}; build or install Segue as a whole", name,
                                 here.string(), (here.parent_path() / "lib" / "segue").string()));
}

ServingChild::ServingChild(const fs::path& program, std::vector<std::string> arguments)
    : ServingChild(program, std::move(arguments), protocol::Channel::pair()) {}

ServingChild::ServingChild(const fs::path& program, std::vector<std::string> arguments,
                           std::pair<protocol::Channel, protocol::Channel> ends)
    : channel_(std::move(ends.first)), child_(serving(program, std::move(arguments), ends.second.fd())) {}

ServingChild::~ServingChild() {
  hang_up();
  wait(now() + std::chrono::seconds(10));
}

void ServingChild::wait(Instant until) {
  if (child_.pid() < 0) return;
  if (!process::ends_by(child_.pid(), until)) child_.signal(SIGKILL);
  child_.wait();
}

}  // namespace segue::lab
