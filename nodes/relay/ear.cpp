#include "nodes/relay/ear.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/relay/digest.hpp"
#include "nodes/relay/header.hpp"

namespace segue::relay {

namespace {

constexpr std::size_t largest_packet = 65536;
constexpr int space = 16 << 20;

// One for both families, since the last packet is asked for. What is sent is not heard.
Fd open_listener() {
  Fd fd(check(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL)),
              "open a socket that hears packets"));
  const int on = 1;
  check(::setsockopt(fd.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on), "hear what comes in alone");
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &space, sizeof space);
  return fd;
}

}  // namespace

Ear::Ear(Loop& loop, std::vector<Address> addresses)
    : loop_(loop), addresses_(std::move(addresses)), socket_(open_listener()) {
  loop_.on_readable(socket_.get(), [this] { take_in(); });
}

Ear::~Ear() { loop_.remove(socket_.get()); }

const std::string& Ear::last() {
  take_in();
  return last_;
}

bool Ear::is_for_address(std::span<const std::byte> packet) const {
  const auto address = destination_of(packet);
  return address && std::find(addresses_.begin(), addresses_.end(), *address) != addresses_.end();
}

void Ear::take_in() {
  std::vector<std::byte> bytes(largest_packet);
  for (;;) {
    sockaddr_ll from{};
    socklen_t length = sizeof from;
    const auto size =
        ::recvfrom(socket_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return;
    const std::span packet(bytes.data(), static_cast<std::size_t>(size));
    const bool is_ip = from.sll_protocol == htons(ETH_P_IPV6) || from.sll_protocol == htons(ETH_P_IP);
    if (is_ip && from.sll_pkttype == PACKET_HOST && is_for_address(packet)) last_ = digest_of(packet);
  }
}

}  // namespace segue::relay
