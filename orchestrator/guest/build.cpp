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
#include <thread>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "orchestrator/files/passing_folder.hpp"
#include "orchestrator/guest/kernel.hpp"
#include "orchestrator/guest/kernel_cache.hpp"
#include "orchestrator/guest/options.hpp"
#include "orchestrator/guest/source_changes.hpp"
#include "orchestrator/guest/tool.hpp"

namespace segue::guest {

namespace {

namespace fs = std::filesystem;

// Lines make prints for the options of this folder on 6.12, for the percentage only.
constexpr int expected_steps = 1270;

// Half of the files, and none that a guest kernel is made of or that Kconfig reads; unpacking and removing them would
// take as long as compiling a tenth of the rest.
constexpr std::array left_out{
    "*/Documentation/[a-z]*",        "*/tools/testing/*",        "*.dts*",
    "*/drivers/gpu/*.[ch]",          "*/drivers/media/*.[ch]",   "*/drivers/net/ethernet/*.[ch]",
    "*/drivers/net/wireless/*.[ch]", "*/drivers/staging/*.[ch]", "*/sound/*.[ch]",
    "*/arch/[ac-tvwyz]*/*.[chS]",
};

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
      : options_(options), on_progress_(on_progress), tree_(workshop.tree()), result_(workshop.result()) {}

  void build() {
    unpack();
    apply_source_changes(tree_);
    configure();
    compile();
    install();
  }

 private:
  void tell(const char* phase, int percent) {
    if (on_progress_ && percent > percent_) on_progress_({phase, percent_ = percent});
  }

  void unpack() {
    tell("unpack", 0);
    const std::string attempt = "unpack " + options_.source.native();
    if (fs::is_directory(options_.source)) {
      run_tool(attempt, {"cp", "-a", "--reflink=auto", (options_.source / ".").native(), tree_.native()}, tree_);
      run_tool(attempt, {"make", "ARCH=um", "mrproper"}, tree_);
      return;
    }
    std::vector<std::string> command{"tar", "-xf", fs::absolute(options_.source).native(), "--strip-components=1"};
    for (const char* pattern : left_out) command.push_back(fmt::format("--exclude={}", pattern));
    run_tool(attempt, command, tree_);
  }

  void configure() {
    tell("configure", 5);
    const std::string fragment = "segue.config";
    if (!(std::ofstream(tree_ / fragment) << kernel_options_text() << std::flush))
      throw Error("write the options to " + tree_.native());
    run_tool("configure the guest kernel", {"make", "ARCH=um", "allnoconfig"}, tree_);
    run_tool("merge the options", {"sh", "scripts/kconfig/merge_config.sh", "-m", ".config", fragment}, tree_);
    run_tool("configure the guest kernel", {"make", "ARCH=um", "olddefconfig"}, tree_);
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
    const auto jobs =
        options_.jobs > 0 ? static_cast<unsigned>(options_.jobs) : std::max(1U, std::thread::hardware_concurrency());
    int steps = 0;
    run_tool("compile the guest kernel", {"make", "ARCH=um", fmt::format("-j{}", jobs), "linux"}, tree_,
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
