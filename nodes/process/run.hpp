// Programs that are run to their end for what they say.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "nodes/base/fd.hpp"
#include "nodes/process/child.hpp"

namespace segue::process {

struct Outcome {
  Status status;
  std::string output;
};

// Starts it with its output led here, and waits for its end. Errors go where `program` says: `as_output` puts them
// between the output. Throws MachineError if it cannot be started.
Outcome run(Program program);

// The same, line by line as they come, without their ends.
Status run(Program program, const std::function<void(std::string_view line)>& on_line);

// To be the input of a program: a file in memory that holds `text`.
Fd holding(std::string_view text);

}  // namespace segue::process
