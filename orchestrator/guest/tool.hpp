// Runs the programs a kernel build needs. Internal to this folder.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace segue::guest {

// Throws MachineError naming every program of a kernel build that PATH does not have, and the packages to install.
void require_build_tools();

// Runs a program (looked up in PATH) in `directory` and waits; its output, both streams, goes to `on_line`. The program
// sees PATH, HOME and what makes builds alike, since a stray ARCH or KCFLAGS in the user's environment would change
// them; it gets SIGTERM if this process dies. Throws Error with `attempt` and the end of the output if it fails.
void run_tool(std::string_view attempt, const std::vector<std::string>& command, const std::filesystem::path& directory,
              const std::function<void(std::string_view line)>& on_line = {});

}  // namespace segue::guest
