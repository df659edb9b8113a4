#include "nodes/protocol/channel.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "nodes/base/error.hpp"

namespace segue::protocol {

namespace {

constexpr int room = 4 << 20;  // bytes each way: the records of a probe travel in one message

void widen(int fd) {
  // The FORCE form needs CAP_NET_ADMIN and passes net.core.wmem_max; without it the plain one has to do.
  if (::setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) != 0) {
    ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  }
}

}  // namespace

std::pair<Channel, Channel> Channel::pair() {
  std::array<int, 2> ends{};
  check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "create a socket pair");
  std::pair<Channel, Channel> channels{Channel(Fd(ends[0])), Channel(Fd(ends[1]))};
  widen(ends[0]);
  widen(ends[1]);
  return channels;
}

void Channel::send(std::string_view message) {
  for (;;) {
    if (::send(fd_.get(), message.data(), message.size(), MSG_NOSIGNAL) >= 0) return;
    if (errno != EINTR) throw_errno("send a control message");
  }
}

std::optional<std::string> Channel::receive() {
  // ECONNRESET comes once, and before what is still queued: the other end closed with something of ours unread.
  const auto persist = [](auto take) {
    ssize_t length = 0;
    do {
      length = take();
    } while (length < 0 && (errno == EINTR || errno == ECONNRESET));
    return check(length, "receive a control message");
  };
  // With MSG_TRUNC the kernel tells the packet's whole length before it is taken.
  const auto length = persist([this] { return ::recv(fd_.get(), nullptr, 0, MSG_PEEK | MSG_TRUNC); });
  if (length == 0) return std::nullopt;
  buffer_.resize(static_cast<std::size_t>(length));
  persist([this] { return ::recv(fd_.get(), buffer_.data(), buffer_.size(), 0); });
  return buffer_;
}

}  // namespace segue::protocol
