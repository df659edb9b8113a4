#include <fmt/format.h>

#include <string>

#include "nodes/base/error.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/kernel.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/guest/kernel.hpp"

namespace segue::cli {

std::filesystem::path build_kernel_with_progress(const std::filesystem::path& source, Progress& progress) {
  const Instant began = now();
  progress.line(fmt::format("building the guest kernel from {} (a few minutes, once)", source.string()));
  const auto built = guest::build_kernel({.source = source}, [&](const guest::BuildProgress& step) {
    progress.task("guest kernel: " + step.phase, step.percent, step.left);
  });
  progress.end();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now() - began).count();
  progress.line(built.already_there ? "the guest kernel was there already"
                                    : fmt::format("the guest kernel is built, in {} s", seconds));
  return built.kernel;
}

void refuse_date(const std::string& date) {
  if (date.empty()) return;
  throw InputError(
      fmt::format("--date {}: in real time the clock is this machine's; --clock virtual has its own", date));
}

int build_kernel(const std::string& source) {
  Progress progress(false);
  print(build_kernel_with_progress(source, progress).string() + '\n');
  return 0;
}

int print_kernel_path() {
  const auto kernel = guest::kernel_path();
  if (!guest::kernel_built()) {
    throw MachineError(fmt::format("{}: it is not built; build it with `segue kernel build`", kernel.string()));
  }
  print(kernel.string() + '\n');
  return 0;
}

}  // namespace segue::cli
