#include "nodes/relay/sender.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "nodes/base/error.hpp"
#include "nodes/relay/header.hpp"

namespace segue::relay {

namespace {

constexpr int send_space = 64 << 20;

Fd open_sender(int family, std::uint32_t mark) {
  Fd fd(check(::socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW), "open a raw socket"));
  check(::setsockopt(fd.get(), SOL_SOCKET, SO_MARK, &mark, sizeof mark), "mark what a raw socket sends");
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUFFORCE, &send_space, sizeof send_space);
  return fd;
}

}  // namespace

Sender::Sender(std::uint32_t mark) : ipv6_(open_sender(AF_INET6, mark)), ipv4_(open_sender(AF_INET, mark)) {}

void Sender::send(std::span<const std::byte> packet) const {
  const auto destination = destination_of(packet);
  if (!destination) return;
  const auto send_to = [packet](const Fd& out, const auto& to) {
    ::sendto(out.get(), packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  };
  if (destination->family == Family::ipv4) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    std::memcpy(&to.sin_addr, destination->bytes.data(), sizeof to.sin_addr);
    send_to(ipv4_, to);
  } else {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    std::memcpy(&to.sin6_addr, destination->bytes.data(), sizeof to.sin6_addr);
    send_to(ipv6_, to);
  }
}

}  // namespace segue::relay
