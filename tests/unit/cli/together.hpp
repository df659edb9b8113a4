// What the program says on standard output and standard error.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <string>

#include "nodes/base/error.hpp"
#include "nodes/base/pipe.hpp"

namespace segue::test {

// What comes out of standard output and standard error together, where both are one pipe, before `work` returns.
inline std::string together(const std::function<void()>& work) {
  Pipe pipe = make_pipe();
  check(::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK), "let nothing wait for what does not come");
  const std::array<int, 2> streams{STDOUT_FILENO, STDERR_FILENO};
  const std::array<Fd, 2> before{Fd(check(::dup(streams[0]), "keep")), Fd(check(::dup(streams[1]), "keep"))};
  std::fflush(nullptr);
  for (const int stream : streams) check(::dup2(pipe.write.get(), stream), "put a pipe there");
  work();
  std::array<char, 65536> text{};
  pipe.write.reset();
  const auto length = ::read(pipe.read.get(), text.data(), text.size());
  for (std::size_t i = 0; i < streams.size(); ++i) check(::dup2(before[i].get(), streams[i]), "put it back");
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0))};
}

}  // namespace segue::test
