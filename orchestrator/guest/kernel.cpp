#include "orchestrator/guest/kernel.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>

#include "nodes/base/error.hpp"
#include "orchestrator/guest/kernel_cache.hpp"
#include "orchestrator/guest/options.hpp"
#include "orchestrator/guest/source_changes.hpp"
#include "orchestrator/guest/tool.hpp"

namespace segue::guest {

namespace fs = std::filesystem;

fs::path kernel_cache() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return fs::path(cache) / "segue";  // relative ones are to be ignored
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return fs::path(home) / ".cache" / "segue";
  throw MachineError("find the guest kernel: neither XDG_CACHE_HOME nor HOME says where: set HOME");
}

std::string kernel_hash() {
  auto options = parse_kernel_options(kernel_options_text());
  for (const auto& change : source_changes()) options.push_back({change.file + change.from, change.to});
  return options_hash(options);
}

namespace {

std::vector<int> version_numbers(std::string_view text) {
  std::vector<int> numbers;
  while (!text.empty()) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) break;
    numbers.push_back(number);
    text.remove_prefix(std::min(static_cast<std::size_t>(end - text.data()) + 1, text.size()));
  }
  return numbers;
}

std::optional<fs::path> newest_kernel() {
  const std::string prefix = "kernel-";
  const std::string suffix = '-' + kernel_hash();
  std::map<std::vector<int>, fs::path> found;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(kernel_cache(), absent)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(prefix) || !name.ends_with(suffix) || ::access((entry.path() / "linux").c_str(), X_OK) != 0)
      continue;
    found[version_numbers(name.substr(prefix.size(), name.size() - prefix.size() - suffix.size()))] =
        entry.path() / "linux";
  }
  if (found.empty()) return std::nullopt;
  return found.rbegin()->second;
}

std::string version_in_makefile(std::string_view text, const fs::path& source) {
  std::string version;
  for (const std::string_view key : {"\nVERSION = ", "\nPATCHLEVEL = ", "\nSUBLEVEL = "}) {
    const auto begin = text.find(key);
    if (begin == text.npos) throw InputError(fmt::format("{}: not a kernel's source", source.native()));
    const auto value = text.substr(begin + key.size(), text.find('\n', begin + 1) - begin - key.size());
    version += (version.empty() ? "" : ".") + std::string(value);
  }
  return version;
}

}  // namespace

fs::path kernel_path_for(const std::string& version) {
  return kernel_cache() / fmt::format("kernel-{}-{}", version, kernel_hash()) / "linux";
}

fs::path kernel_path() {
  if (auto kernel = newest_kernel()) return *kernel;
  return kernel_path_for(fs::exists(default_kernel_source) ? source_version(default_kernel_source) : "6.12");
}

bool kernel_built() { return newest_kernel().has_value(); }

void require_source(const fs::path& source) {
  if (fs::exists(source)) return;
  if (source == default_kernel_source)
    throw MachineError(
        fmt::format("{}: not there: apt-get install linux-source-6.12, or where apt has none: "
                    "`segue kernel build --source` a tarball or tree of Linux 6.12",
                    source.native()));
  throw InputError(fmt::format("kernel source {}: not there", source.native()));
}

std::string source_version(const fs::path& source) {
  require_source(source);
  std::string text = "\n";
  if (fs::is_directory(source)) {
    std::ifstream file(source / "Makefile");
    text.append(std::istreambuf_iterator<char>(file), {});
  } else {
    run_tool("read the version of " + source.native(),
             {"tar", "-xOf", fs::absolute(source).native(), "--occurrence=1", "--wildcards",
              "--no-wildcards-match-slash", "*/Makefile"},
             "/", [&](std::string_view line) { text.append(line).push_back('\n'); });
  }
  return version_in_makefile(text, source);
}

}  // namespace segue::guest
