#include "orchestrator/lab/process.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "nodes/base/error.hpp"

namespace segue::lab {

namespace {

namespace fs = std::filesystem;

process::Program serving(const fs::path& program, std::vector<std::string> arguments, int namespace_fd, int control) {
  arguments.insert(arguments.end(), {"--control", std::to_string(control)});
  return {.path = program.string(),
          .arguments = std::move(arguments),
          .inherit = {control},
          .network_namespace = namespace_fd,
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

ServingChild::ServingChild(const fs::path& program, std::vector<std::string> arguments, int namespace_fd)
    : ServingChild(program, std::move(arguments), namespace_fd, protocol::Channel::pair()) {}

ServingChild::ServingChild(const fs::path& program, std::vector<std::string> arguments, int namespace_fd,
                           std::pair<protocol::Channel, protocol::Channel> ends)
    : channel_(std::move(ends.first)), child_(serving(program, std::move(arguments), namespace_fd, ends.second.fd())) {}

ServingChild::~ServingChild() {
  hang_up();
  wait();
}

void ServingChild::wait() {
  if (child_.pid() >= 0) child_.wait();
}

}  // namespace segue::lab
