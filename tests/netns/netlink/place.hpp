// A namespace, a socket in it and what the tests do there.
#pragma once

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <string>

#include "nodes/netlink/address.hpp"
#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/netns.hpp"
#include "nodes/netlink/route.hpp"
#include "nodes/netlink/settle.hpp"
#include "nodes/netlink/socket.hpp"
#include "nodes/netlink/sysctl.hpp"

namespace segue::netlink {

class Place {
 public:
  Place() {
    const Enter inside = Enter::fresh(space);
    socket.emplace();
    write_sysctl("net/ipv6/conf/all/forwarding", "1");
    // Before there is an interface, or its link-local address is tentative for a second.
    write_sysctl("net/ipv6/conf/default/accept_dad", "0");
    write_sysctl("net/ipv6/conf/all/accept_dad", "0");
    socket->perform(set_up(loopback_index));
  }

  void perform(const Request& request) { socket->perform(request); }

  // As it is needed by whatever looks names up: the routes, the UDP sockets.
  template <typename Work>
  auto inside(Work work) {
    const Enter guard(space);
    return work();
  }
  void replace(const Route& route) {
    inside([&] { socket->perform(replace_route(route)); });
  }

  Namespace space;
  std::optional<Socket> socket;
};

// A veth from `near` to `far`, each end named after where it leads, with these addresses; usable on return.
inline void connect(Place& near, const std::string& near_name, const std::string& near_address, Place& far,
                    const std::string& far_name, const std::string& far_address) {
  near.perform(create_veth({.near = {.name = near_name}, .far = {.name = far_name, .space = far.space.fd()}}));
  far.perform(set_up(far_name));
  near.perform(add_address(find_interface(*near.socket, near_name)->index, parse_prefix(near_address)));
  far.perform(add_address(find_interface(*far.socket, far_name)->index, parse_prefix(far_address)));
  near.inside(settle);
  far.inside(settle);
}

// Runs `work` in a child process, for what cannot be taken back: privileges dropped, mounts covered. Returns the exit
// code: what `work` returns, or 99 if it threw.
template <typename Work>
int in_child(Work work) {
  const pid_t child = check(::fork(), "fork");
  if (child == 0) {
    int result = 99;
    try {
      result = work();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
    ::_exit(result);
  }
  int status = 0;
  check(::waitpid(child, &status, 0), "wait for a child");
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

inline sockaddr_in6 socket_address(const std::string& text, std::uint16_t port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  std::memcpy(&address.sin6_addr, parse_address(text).bytes.data(), 16);
  return address;
}

inline Fd udp(const std::string& address, std::uint16_t port) {
  Fd fd(check(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a UDP socket"));
  const auto name = socket_address(address, port);
  check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), "bind " + address);
  return fd;
}

// 0, or the errno of the attempt.
inline int send_to(const Fd& fd, const std::string& address, std::uint16_t port) {
  const auto name = socket_address(address, port);
  const auto sent = ::sendto(fd.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&name), sizeof name);
  return sent == 1 ? 0 : errno;
}

// Whether a datagram is there within `limit_ms`.
inline bool receives(const Fd& fd, int limit_ms = 2000) {
  pollfd entry{fd.get(), POLLIN, 0};
  if (::poll(&entry, 1, limit_ms) != 1) return false;
  std::array<char, 16> buffer;
  return ::recv(fd.get(), buffer.data(), buffer.size(), 0) == 1;
}

}  // namespace segue::netlink
