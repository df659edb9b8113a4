#include "nodes/process/run.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/base/pipe.hpp"

namespace segue::process {

namespace {

Status run_for(Program program, const std::function<void(std::string_view piece)>& take) {
  Pipe pipe = make_pipe();
  program.output = pipe.write.get();
  Child child(program);
  pipe.write.reset();
  std::array<char, 16384> buffer;
  for (ssize_t size = 1; size > 0;) {
    do {
      size = ::read(pipe.read.get(), buffer.data(), buffer.size());
    } while (size < 0 && errno == EINTR);
    check(size, "read what " + program.path + " says");
    take({buffer.data(), static_cast<std::size_t>(size)});
  }
  return child.wait();
}

}  // namespace

Outcome run(Program program) {
  Outcome outcome;
  outcome.status = run_for(std::move(program), [&](std::string_view piece) { outcome.output += piece; });
  return outcome;
}

Status run(Program program, const std::function<void(std::string_view line)>& on_line) {
  std::string pending;
  const Status status = run_for(std::move(program), [&](std::string_view piece) {
    for (auto end = piece.find('\n'); end != piece.npos; end = piece.find('\n')) {
      on_line(pending += piece.substr(0, end));
      pending.clear();
      piece.remove_prefix(end + 1);
    }
    pending += piece;
  });
  if (!pending.empty()) on_line(pending);
  return status;
}

Fd holding(std::string_view text) {
  Fd file(check(::memfd_create("input", MFD_CLOEXEC), "keep a program's input"));
  while (!text.empty()) {
    text.remove_prefix(
        static_cast<std::size_t>(check(::write(file.get(), text.data(), text.size()), "keep a program's input")));
  }
  check(::lseek(file.get(), 0, SEEK_SET), "keep a program's input");
  return file;
}

}  // namespace segue::process
