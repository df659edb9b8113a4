#include "nodes/relay/ear.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/relay/digest.hpp"

namespace segue::relay {

namespace {

constexpr std::size_t largest_packet = 65536;
constexpr std::size_t header_size = 40;  // of IPv6 (RFC 8200, section 3)
constexpr std::size_t destination_at = 24;
constexpr int space = 16 << 20;

// By its protocol: so what is sent is not heard.
Fd open_listener() {
  Fd fd(check(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_IPV6)),
              "open a socket that hears packets"));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &space, sizeof space);
  return fd;
}

}  // namespace

Ear::Ear(Loop& loop, const Address& address) : loop_(loop), address_(address), socket_(open_listener()) {
  loop_.on_readable(socket_.get(), [this] { take_in(); });
}

Ear::~Ear() { loop_.remove(socket_.get()); }

const std::string& Ear::last() {
  take_in();
  return last_;
}

bool Ear::is_for_address(std::span<const std::byte> packet) const {
  return packet.size() >= header_size && std::memcmp(&packet[destination_at], address_.bytes.data(), 16) == 0;
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
    if (from.sll_pkttype == PACKET_HOST && is_for_address(packet)) last_ = digest_of(packet);
  }
}

}  // namespace segue::relay
