// Runs a program of the system and takes what it says.
#pragma once

#include <string>
#include <vector>

namespace segue::campaign {

struct CommandOutput {
  int exit_code = -1;
  std::string text;  // both streams
};

// Looked up in PATH, with this process's environment. Waits for it. Throws MachineError if it cannot be started.
CommandOutput output_of(const std::vector<std::string>& command);

}  // namespace segue::campaign
