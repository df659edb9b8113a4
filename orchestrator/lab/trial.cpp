#include "orchestrator/lab/trial.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"

namespace segue::lab {

namespace {

// The exit code says whether the text is a result or an error, and which.
[[noreturn]] void attempt(const std::function<std::string()>& work, int out) {
  const auto leave = [out](std::string_view text, int exit_code) {
    const bool told = ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::_exit(told ? exit_code : 1);
  };
  try {
    leave(work(), 0);
  } catch (const Error& error) {
    leave(error.what(), error.exit_code());
  } catch (const std::exception& error) {
    leave(error.what(), 1);
  }
  ::_exit(1);
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> part;
  for (ssize_t length = 0; (length = ::read(fd, part.data(), part.size())) != 0;) {
    if (length > 0) text.append(part.data(), static_cast<std::size_t>(length));
    if (length < 0 && errno != EINTR) throw_errno("read what a trial found");
  }
  return text;
}

}  // namespace

std::string in_a_child(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "create a pipe");
  const Fd from(ends[0]);
  Fd to(ends[1]);
  const pid_t child = check(::fork(), "start a trial");
  if (child == 0) attempt(work, to.get());
  to.reset();
  std::string text = read_all(from.get());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status)) throw Error("a trial of this machine was killed");
  if (WEXITSTATUS(status) != 0) throw Error(text, WEXITSTATUS(status));
  return text;
}

}  // namespace segue::lab
