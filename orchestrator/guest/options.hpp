// The options of the guest kernel: kernel.config, carried inside the program.
//
// A fragment in Kconfig's own form (Documentation/kbuild/kconfig.rst): `CONFIG_NAME=y`, `CONFIG_NAME=n`, comments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace segue::guest {

struct KernelOption {
  std::string name;   // "CONFIG_NET_SCH_NETEM"
  std::string value;  // "y", "n", or a literal
  friend bool operator==(const KernelOption&, const KernelOption&) = default;
};

// The text of kernel.config.
std::string_view kernel_options_text();

// The options of a fragment or of a finished .config; in the latter, `# CONFIG_X is not set` reads as n. Other comments
// and blank lines are skipped. Throws InputError on a line that is neither.
std::vector<KernelOption> parse_kernel_options(std::string_view text);

// Those of `asked` that `config` does not grant. Kconfig drops what depends on something absent without a word, so the
// result of a merge has to be read back. An option the .config does not mention counts as n.
std::vector<KernelOption> missing_options(const std::vector<KernelOption>& asked,
                                          const std::vector<KernelOption>& config);

// Eight hexadecimal digits that change with any option or its value, and not with comments or order.
std::string options_hash(const std::vector<KernelOption>& options);

}  // namespace segue::guest
