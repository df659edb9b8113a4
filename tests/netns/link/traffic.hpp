// Sockets of the two hosts, and simple traffic between them.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "tests/netns/link/wire_process.hpp"

namespace segue::link {

// What has not arrived by then is lost: longer than any packet here is under way, and than a machine stalls.
constexpr Delay patience = std::chrono::milliseconds(200);

// In real time whatever is held up comes late, or together with what follows it; never early.
inline bool exact() { return std::getenv("SEGUE_EXACT_TIME") != nullptr; }

// What the machine may add to a time that none may be below.
inline Delay slack() { return exact() ? std::chrono::microseconds(50) : std::chrono::milliseconds(5); }

inline sockaddr_in ipv4(const char* address, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &name.sin_addr);
  return name;
}

template <typename Call>
int with_name(const sockaddr_in& name, Call call) {
  return call(reinterpret_cast<const sockaddr*>(&name), static_cast<socklen_t>(sizeof name));
}

// A UDP socket of `host`, bound to its address and connected to the other's.
inline Fd udp(Host& host, const char* own, const char* other, std::uint16_t port) {
  return host.inside([&] {
    Fd fd(check(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a UDP socket"));
    const int space = 8 << 20;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &space, sizeof space);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUFFORCE, &space, sizeof space);
    check(with_name(ipv4(own, port), [&](auto* name, auto size) { return ::bind(fd.get(), name, size); }), "bind");
    check(with_name(ipv4(other, port), [&](auto* name, auto size) { return ::connect(fd.get(), name, size); }),
          "connect");
    return fd;
  });
}

struct UdpPair {
  explicit UdpPair(TwoHosts& hosts, std::uint16_t port = 5000)
      : a(udp(hosts.a, "10.0.0.1", "10.0.0.2", port)), b(udp(hosts.b, "10.0.0.2", "10.0.0.1", port)) {}
  Fd a;
  Fd b;
};

inline bool send_number(const Fd& fd, std::uint32_t number, std::size_t size = 160) {
  std::array<std::byte, 2048> payload{};
  std::memcpy(payload.data(), &number, sizeof number);
  return ::send(fd.get(), payload.data(), size, 0) == static_cast<ssize_t>(size);
}

inline std::optional<std::uint32_t> receive_number(const Fd& fd, Delay limit) {
  pollfd ready{fd.get(), POLLIN, 0};
  const timespec timeout{limit.count() / 1'000'000'000, limit.count() % 1'000'000'000};
  if (::ppoll(&ready, 1, &timeout, nullptr) <= 0) return std::nullopt;
  std::array<std::byte, 2048> payload{};
  std::uint32_t number = 0;
  if (::recv(fd.get(), payload.data(), payload.size(), 0) < static_cast<ssize_t>(sizeof number)) return std::nullopt;
  std::memcpy(&number, payload.data(), sizeof number);
  return number;
}

// One datagram there and one back, and how long that took.
inline std::optional<Delay> ping(const UdpPair& pair, std::uint32_t number) {
  const Instant sent = now();
  if (!send_number(pair.a, number)) return std::nullopt;
  if (receive_number(pair.b, std::chrono::seconds(2)) != number || !send_number(pair.b, number)) return std::nullopt;
  if (receive_number(pair.a, std::chrono::seconds(2)) != number) return std::nullopt;
  return now() - sent;
}

// A TCP connection from a to b.
struct TcpPair {
  explicit TcpPair(TwoHosts& hosts, std::uint16_t port = 6000) {
    const Fd listener = hosts.b.inside([&] {
      Fd fd(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "open a TCP socket"));
      check(with_name(ipv4("10.0.0.2", port), [&](auto* name, auto size) { return ::bind(fd.get(), name, size); }),
            "bind");
      check(::listen(fd.get(), 1), "listen");
      return fd;
    });
    a = hosts.a.inside([&] {
      Fd fd(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "open a TCP socket"));
      check(with_name(ipv4("10.0.0.2", port), [&](auto* name, auto size) { return ::connect(fd.get(), name, size); }),
            "connect");
      return fd;
    });
    b = Fd(check(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
  }
  Fd a;
  Fd b;
};

// Sends `bytes` from a to b; returns how many arrived before the end of the stream.
inline std::uint64_t bulk(TcpPair& tcp, std::uint64_t bytes) {
  std::jthread sender([&] {
    const std::vector<std::byte> block(1 << 18);
    for (std::uint64_t sent = 0; sent < bytes;) {
      const auto size = std::min<std::uint64_t>(block.size(), bytes - sent);
      const ssize_t written = ::send(tcp.a.get(), block.data(), size, MSG_NOSIGNAL);
      if (written <= 0) break;
      sent += static_cast<std::uint64_t>(written);
    }
    ::shutdown(tcp.a.get(), SHUT_WR);
  });
  std::vector<std::byte> block(1 << 18);
  std::uint64_t received = 0;
  for (;;) {
    const ssize_t size = ::recv(tcp.b.get(), block.data(), block.size(), 0);
    if (size <= 0) return received;
    received += static_cast<std::uint64_t>(size);
  }
}

}  // namespace segue::link
