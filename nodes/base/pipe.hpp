// A pipe, whose ends are close-on-exec.
#pragma once

#include "nodes/base/fd.hpp"

namespace segue {

struct Pipe {
  Fd read;
  Fd write;
};

Pipe make_pipe();  // throws Error

}  // namespace segue
