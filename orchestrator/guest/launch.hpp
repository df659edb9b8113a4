// Starts the kernel of a guest as a process of the host. Internal to this folder.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "nodes/base/fd.hpp"
#include "orchestrator/guest/boot.hpp"

namespace segue::guest {

struct Launched {
  pid_t pid = -1;  // the leader of a session of the guest's own; the caller collects it
  Fd pidfd;
  Fd console;       // what the guest says; does not block
  Fd input;         // a line here asks the work to stop
  Fd input_reader;  // kept, so that writing to a guest that is gone is no SIGPIPE
};

// `scratch` is an empty folder of this guest's own. Throws MachineError if the kernel cannot be started.
Launched launch(const GuestOptions& options, const std::filesystem::path& scratch);

}  // namespace segue::guest
