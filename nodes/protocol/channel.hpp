// One end of a SOCK_SEQPACKET socket pair: whole messages, in order, none lost.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "nodes/base/fd.hpp"

namespace segue::protocol {

class Channel {
 public:
  explicit Channel(Fd fd) : fd_(std::move(fd)) {}

  // Both ends, close-on-exec, with room for large messages.
  static std::pair<Channel, Channel> pair();

  int fd() const noexcept { return fd_.get(); }
  Fd release() noexcept { return std::move(fd_); }

  // Throws Error when the other end is gone. Waits while its queue is full.
  void send(std::string_view message);

  // Waits for the next message; nothing when the other end has closed.
  std::optional<std::string> receive();

 private:
  Fd fd_;
  std::string buffer_;
};

}  // namespace segue::protocol
