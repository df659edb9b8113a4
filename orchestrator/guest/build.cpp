#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "nodes/base/clock.hpp"
#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "orchestrator/files/passing_folder.hpp"
#include "orchestrator/guest/kernel.hpp"
#include "orchestrator/guest/kernel_cache.hpp"
#include "orchestrator/guest/options.hpp"
#include "orchestrator/guest/source_changes.hpp"
#include "orchestrator/guest/time_left.hpp"
#include "orchestrator/guest/tool.hpp"

namespace segue::guest {

namespace {

namespace fs = std::filesystem;

// Lines make prints for the options of this folder on 6.12, and what a build takes one core: what the progress says
// rests on them, and nothing else.
constexpr int expected_steps = 1290;
constexpr std::chrono::seconds expected_work{420};

// A sixth of the source: what Kconfig and make read everywhere, and the folders that have code of the guest kernel.
// Unpacking and removing the rest would take as long as compiling a tenth of this.
constexpr std::array read_everywhere{"*/Kconfig*", "*/Makefile*", "*/Kbuild*"};
constexpr const char* code =
    "block certs crypto fs include init io_uring ipc kernel lib mm net scripts security usr virt arch/um arch/x86 "
    "tools/include drivers/base drivers/char drivers/tty drivers/net/*.[ch] drivers/net/wireguard";

// One builder at a time; the lock goes with the process, however it ends.
class BuildLock {
 public:
  explicit BuildLock(const fs::path& folder) {
    const auto file = folder / "build.lock";
    fd_ = Fd(check(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open " + file.native()));
    check(::flock(fd_.get(), LOCK_EX), "lock " + file.native());
  }

 private:
  Fd fd_;
};

// Where a kernel is made, aside from where it is kept.
class Workshop {
 public:
  explicit Workshop(const fs::path& cache) : folder_(cache, "building") {
    fs::create_directory(tree());
    fs::create_directory(result());
  }
  fs::path tree() const { return folder_.path() / "linux"; }
  fs::path result() const { return folder_.path() / "result"; }

 private:
  files::PassingFolder folder_;
};

class Builder {
 public:
  Builder(const BuildOptions& options, const std::function<void(const BuildProgress&)>& on_progress,
          const Workshop& workshop)
      : options_(options),
        on_progress_(on_progress),
        tree_(workshop.tree()),
        result_(workshop.result()),
        jobs_(options.jobs > 0 ? options.jobs : std::max(1, static_cast<int>(std::thread::hardware_concurrency()))) {}

  void build() {
    unpack();
    apply_source_changes(tree_);
    configure();
    compile();
    install();
  }

 private:
  void tell(const char* phase, int percent) {
    if (!on_progress_ || percent <= percent_) return;
    percent_ = percent;
    on_progress_({phase, percent, time_left(percent / 100.0, now() - began_, Delay(expected_work) / jobs_)});
  }

  void unpack() {
    tell("unpack", 0);
    const std::string attempt = "unpack " + options_.source.native();
    if (fs::is_directory(options_.source)) {
      run_tool(attempt, {"cp", "-a", "--reflink=auto", (options_.source / ".").native(), tree_.native()}, tree_);
      run_tool(attempt, {"make", "ARCH=um", "mrproper"}, tree_);
      return;
    }
    std::vector<std::string> command{"tar", "-xf", fs::absolute(options_.source).native(), "--strip-components=1",
                                     "--wildcards"};
    command.insert(command.end(), read_everywhere.begin(), read_everywhere.end());
    command.emplace_back("--no-wildcards-match-slash");
    std::istringstream folders(code);
    for (std::string folder; folders >> folder;) command.push_back("*/" + folder);
    run_tool(attempt, command, tree_);
  }

  void configure() {
    tell("configure", 5);
    const std::string fragment = "segue.config";
    if (!(std::ofstream(tree_ / fragment) << kernel_options_text() << std::flush))
      throw Error("write the options to " + tree_.native());
    run_tool("configure the guest kernel", {"make", "ARCH=um", "KCONFIG_ALLCONFIG=" + fragment, "allnoconfig"}, tree_);
    require_options();
  }

  void require_options() const {
    std::ifstream file(tree_ / ".config");
    const std::string config(std::istreambuf_iterator<char>(file), {});
    std::vector<std::string> names;
    for (const auto& option :
         missing_options(parse_kernel_options(kernel_options_text()), parse_kernel_options(config)))
      names.push_back(option.name + '=' + option.value);
    if (!names.empty())
      throw Error(fmt::format("configure the guest kernel: {} does not grant {}", options_.source.native(),
                              fmt::join(names, ", ")));
  }

  void compile() {
    constexpr int first = 7;
    constexpr int last = 98;
    tell("compile", first);
    int steps = 0;
    // A guest's time goes by in the host's kernel, so code that runs better is not worth the time of making it.
    run_tool("compile the guest kernel", {"make", "ARCH=um", "KCFLAGS=-O1", fmt::format("-j{}", jobs_), "linux"}, tree_,
             [&](std::string_view line) {
               if (!line.starts_with("  ")) return;
               ++steps;
               tell("compile", std::min(first + (last - first) * steps / expected_steps, last));
             });
  }

  void install() {
    tell("install", 99);
    const auto kernel = result_ / "linux";
    run_tool("strip the guest kernel", {"strip", "-o", kernel.native(), (tree_ / "linux").native()}, tree_);
    fs::copy_file(tree_ / ".config", result_ / "config");
  }

  const BuildOptions& options_;
  const std::function<void(const BuildProgress&)>& on_progress_;
  const fs::path tree_;
  const fs::path result_;
  const int jobs_;
  const Instant began_ = now();
  int percent_ = -1;
};

}  // namespace

BuildResult build_kernel(const BuildOptions& options, const std::function<void(const BuildProgress&)>& on_progress) {
  require_source(options.source);
  require_build_tools();
  const auto kernel = kernel_path_for(source_version(options.source));
  const auto cache = kernel_cache();
  std::error_code error;
  fs::create_directories(cache, error);
  if (error) throw MachineError(fmt::format("make the folder {}: {}", cache.native(), error.message()));
  const BuildLock lock(cache);
  if (::access(kernel.c_str(), X_OK) == 0) return {kernel, true};
  try {
    const Workshop workshop(cache);
    Builder(options, on_progress, workshop).build();
    fs::rename(workshop.result(), kernel.parent_path());
  } catch (const fs::filesystem_error& failure) {
    throw Error(fmt::format("build the guest kernel: {}", failure.what()));
  }
  return {kernel, false};
}

}  // namespace segue::guest
