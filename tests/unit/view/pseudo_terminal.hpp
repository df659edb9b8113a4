// A terminal that a test looks at and types on.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

#include "nodes/base/clock.hpp"
#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"

namespace segue::test {

class PseudoTerminal {
 public:
  PseudoTerminal(int columns, int rows)
      : ours_(check(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), "open a pseudo-terminal")) {
    check(::grantpt(ours_.get()), "own a pseudo-terminal");
    check(::unlockpt(ours_.get()), "unlock a pseudo-terminal");
    name_ = ::ptsname(ours_.get());
    theirs_ = open();  // held, so that what was said can be read when everybody else has closed it
    resize(columns, rows);
  }

  Fd open() const { return Fd(check(::open(name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC), "open " + name_)); }
  const std::string& name() const noexcept { return name_; }

  void resize(int columns, int rows) const {
    const winsize size{static_cast<unsigned short>(rows), static_cast<unsigned short>(columns), 0, 0};
    check(::ioctl(ours_.get(), TIOCSWINSZ, &size), "set the size of " + name_);
  }

  termios settings() const {
    termios settings{};
    check(::tcgetattr(theirs_.get(), &settings), "read the settings of " + name_);
    return settings;
  }

  void type(std::string_view text) const { check(::write(ours_.get(), text.data(), text.size()), "type on " + name_); }

  static bool readable(int fd, Delay limit = std::chrono::seconds(10)) {
    pollfd entry{fd, POLLIN, 0};
    return ::poll(&entry, 1, static_cast<int>(limit / std::chrono::milliseconds(1))) > 0;
  }

  // Everything that was written to it so far.
  const std::string& said() {
    std::array<char, 4096> buffer;
    for (ssize_t length = 0; (length = ::read(ours_.get(), buffer.data(), buffer.size())) > 0;) {
      said_.append(buffer.data(), static_cast<std::size_t>(length));
    }
    return said_;
  }

  // Whether `text` was written, or comes within `limit`.
  bool await(std::string_view text, Delay limit = std::chrono::seconds(10)) {
    const Instant deadline = now() + limit;
    while (said().find(text) == std::string::npos) {
      if (now() >= deadline || !readable(ours_.get(), deadline - now())) return false;
    }
    return true;
  }

 private:
  Fd ours_;
  Fd theirs_;
  std::string name_;
  std::string said_;
};

}  // namespace segue::test
