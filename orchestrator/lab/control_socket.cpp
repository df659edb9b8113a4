#include "orchestrator/lab/control_socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "nodes/base/error.hpp"

namespace segue::lab {

namespace {

constexpr std::size_t message_limit = 1 << 20;

std::string prefix() { return fmt::format("segue/{}/", ::geteuid()); }

struct Name {
  sockaddr_un address{};
  socklen_t length = 0;
};

Name abstract_name(const std::string& lab) {
  const std::string name = prefix() + lab;
  Name result;
  result.address.sun_family = AF_UNIX;
  if (name.size() + 1 > sizeof result.address.sun_path) {
    throw InputError(fmt::format("lab name \"{}\": too long", lab));
  }
  name.copy(result.address.sun_path + 1, sizeof result.address.sun_path - 1);
  result.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return result;
}

Fd open_socket() { return Fd(check(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), "open a control socket")); }

}  // namespace

Fd listen_as(const std::string& lab) {
  Fd fd = open_socket();
  const Name name = abstract_name(lab);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name.address), name.length) != 0) {
    if (errno == EADDRINUSE) {
      throw InputError(fmt::format("a lab named \"{}\" is up already: `segue down {}`, or another --name", lab, lab));
    }
    throw_errno("bind the control socket of lab " + lab);
  }
  check(::listen(fd.get(), 16), "listen on the control socket of lab " + lab);
  return fd;
}

Fd connect_to(const std::string& lab) {
  Fd fd = open_socket();
  const Name name = abstract_name(lab);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&name.address), name.length) == 0) return fd;
  if (errno != ECONNREFUSED) throw_errno("connect to lab " + lab);
  const auto up = labs_up();
  throw InputError(fmt::format("no lab named \"{}\" is up; {}", lab,
                               up.empty() ? "none is: `segue up LAB`" : fmt::format("up: {}", fmt::join(up, ", "))));
}

std::vector<std::string> labs_up() {
  std::vector<std::string> names;
  const std::string wanted = "@" + prefix();
  std::ifstream file("/proc/net/unix");
  for (std::string line; std::getline(file, line);) {
    const auto at = line.find(wanted);
    if (at != std::string::npos) names.push_back(line.substr(at + wanted.size()));
  }
  std::sort(names.begin(), names.end());  // accepted connections carry the name too
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Fd accept_owner(int listener) {
  Fd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) return fd;
  ucred peer{};
  socklen_t size = sizeof peer;
  check(::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size), "ask who connects");
  if (peer.uid != ::geteuid() && peer.uid != 0) fd.reset();
  return fd;
}

void send_message(int fd, std::string_view text, int descriptor) {
  iovec data{const_cast<char*>(text.data()), text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(part), &descriptor, sizeof descriptor);
  }
  check(::sendmsg(fd, &message, MSG_NOSIGNAL), "answer on the control socket");
}

std::optional<Incoming> receive_message(int fd) {
  Incoming incoming;
  incoming.text.resize(message_limit);
  iovec data{incoming.text.data(), incoming.text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t length = 0;
  do {
    length = ::recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
  } while (length < 0 && errno == EINTR);
  if (length <= 0) return std::nullopt;
  incoming.text.resize(static_cast<std::size_t>(length));
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  if (part != nullptr && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(part), sizeof descriptor);
    incoming.descriptor.reset(descriptor);
  }
  return incoming;
}

}  // namespace segue::lab
