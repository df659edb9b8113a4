#include "nodes/base/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "nodes/base/error.hpp"

namespace segue {

Pipe make_pipe() {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "create a pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

}  // namespace segue
