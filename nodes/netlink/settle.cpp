#include "nodes/netlink/settle.hpp"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "nodes/base/clock.hpp"
#include "nodes/netlink/address.hpp"
#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/message.hpp"

namespace segue::netlink {
namespace {

using namespace std::chrono_literals;

constexpr Delay patience = 2s;

// Wakes whoever waits when a route or an address has changed; what it was is for a dump to say.
class Watcher {
 public:
  Watcher()
      : fd_(check(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE),
                  "open a netlink socket")) {
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_IPV6_ROUTE | RTMGRP_IPV6_IFADDR;
    check(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "watch the kernel's routes");
  }

  void wait_until(Instant deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now());
    pollfd entry{fd_.get(), POLLIN, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready < 0 && errno != EINTR) throw_errno("watch the kernel's routes");
    std::array<std::byte, 8192> notice;
    while (::recv(fd_.get(), notice.data(), notice.size(), 0) >= 0 || errno == ENOBUFS) {
    }
  }

 private:
  Fd fd_;
};

// The addresses that have their local route.
std::set<Address> local_addresses(Socket& socket) {
  rtmsg header{};
  header.rtm_family = AF_INET6;
  header.rtm_table = RT_TABLE_LOCAL;
  std::set<Address> addresses;
  const auto answer = socket.dump(Message(RTM_GETROUTE, NLM_F_DUMP).header(header).request("list local routes"));
  for_each_message(answer, [&](const nlmsghdr& message) {
    if (message.nlmsg_type != RTM_NEWROUTE) return;
    const auto payload = payload_of<rtmsg>(message);
    if (payload.header.rtm_type != RTN_LOCAL) return;
    if (const auto address = payload.attributes.address(RTA_DST, Family::ipv6)) addresses.insert(*address);
  });
  return addresses;
}

std::optional<InterfaceAddress> first_without_route(Socket& socket, const std::set<std::uint32_t>& up) {
  const auto local = local_addresses(socket);
  for (const auto& address : list_addresses(socket, Family::ipv6)) {
    if (!address.tentative && up.contains(address.index) && !local.contains(address.prefix.address)) return address;
  }
  return std::nullopt;
}

}  // namespace

void settle() {
  Socket socket;
  Watcher watcher;
  std::set<std::uint32_t> up;
  for (const auto& interface : list_interfaces(socket)) {
    if (!interface.up) continue;
    find_interface(socket, interface.name);  // asked for one interface, the kernel catches up with its carrier first
    up.insert(interface.index);
  }
  const Instant deadline = now() + patience;
  while (const auto missing = first_without_route(socket, up)) {
    if (now() >= deadline) {
      throw Error(fmt::format("wait for address {} of interface {}: the kernel has given it no local route",
                              to_text(missing->prefix), missing->index));
    }
    watcher.wait_until(deadline);
  }
}

}  // namespace segue::netlink
