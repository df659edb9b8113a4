#include "orchestrator/guest/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>

#include "nodes/base/error.hpp"

// The assembler resolves the path against the compiler's -I folders; the build system names the file as a dependency.
asm(R"(
  .pushsection .rodata
segue_kernel_config_begin:
  .incbin "orchestrator/guest/kernel.config"
segue_kernel_config_end:
  .popsection
)");

extern const char kernel_config_begin[] asm("segue_kernel_config_begin");
extern const char kernel_config_end[] asm("segue_kernel_config_end");

namespace segue::guest {

namespace {

constexpr std::string_view not_set = " is not set";

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

bool is_name(std::string_view text) {
  return text.starts_with("CONFIG_") && text.size() > 7 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

}  // namespace

std::string_view kernel_options_text() {
  return {kernel_config_begin, static_cast<std::size_t>(kernel_config_end - kernel_config_begin)};
}

std::vector<KernelOption> parse_kernel_options(std::string_view text) {
  std::vector<KernelOption> options;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with("# CONFIG_") && line.ends_with(not_set)) {
      options.push_back({std::string(line.substr(2, line.size() - 2 - not_set.size())), "n"});
      continue;
    }
    if (line.empty() || line.front() == '#') continue;
    const auto equals = line.find('=');
    if (equals == line.npos || equals + 1 == line.size() || !is_name(line.substr(0, equals)))
      throw InputError(fmt::format("kernel options, line {}: \"{}\": not of the form CONFIG_NAME=value", number, line));
    options.push_back({std::string(line.substr(0, equals)), std::string(line.substr(equals + 1))});
  }
  return options;
}

std::vector<KernelOption> missing_options(const std::vector<KernelOption>& asked,
                                          const std::vector<KernelOption>& config) {
  std::map<std::string_view, std::string_view> granted;
  for (const auto& option : config) granted[option.name] = option.value;
  std::vector<KernelOption> missing;
  for (const auto& option : asked) {
    const auto found = granted.find(option.name);
    if ((found == granted.end() ? "n" : found->second) != option.value) missing.push_back(option);
  }
  return missing;
}

std::string options_hash(const std::vector<KernelOption>& options) {
  std::vector<std::string> lines;
  lines.reserve(options.size());
  for (const auto& option : options) lines.push_back(option.name + '=' + option.value + '\n');
  std::sort(lines.begin(), lines.end());
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const auto& line : lines)
    for (const char c : line) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
  return fmt::format("{:08x}", hash);
}

}  // namespace segue::guest
