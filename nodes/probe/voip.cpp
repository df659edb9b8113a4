#include "nodes/probe/voip.hpp"

#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "nodes/base/error.hpp"
#include "nodes/base/message.hpp"

namespace segue::probe {

namespace {

constexpr std::uint32_t magic = 0x53475650;    // "SGVP"
constexpr int expedited_forwarding = 46 << 2;  // DSCP in the place of the traffic class
constexpr int datagrams_a_turn = 64;           // so that a flood does not keep the loop from its timers

// As on the wire: big endian.
struct Header {
  std::uint32_t magic;
  std::uint32_t flow;
  std::uint64_t sequence;
  std::int64_t due_ns;
  std::int64_t sent_ns;
};
static_assert(sizeof(Header) == voip_header);

std::int64_t big_endian(std::int64_t value) {
  return static_cast<std::int64_t>(htobe64(static_cast<std::uint64_t>(value)));
}

struct SocketName {
  sockaddr_storage storage{};
  socklen_t size = 0;

  SocketName() = default;
  SocketName(const Address& address, std::uint16_t port) {
    if (address.family == Family::ipv6) {
      sockaddr_in6 name{};
      name.sin6_family = AF_INET6;
      name.sin6_port = htons(port);
      std::memcpy(&name.sin6_addr, address.bytes.data(), sizeof name.sin6_addr);
      std::memcpy(&storage, &name, size = sizeof name);
    } else {
      sockaddr_in name{};
      name.sin_family = AF_INET;
      name.sin_port = htons(port);
      std::memcpy(&name.sin_addr, address.bytes.data(), sizeof name.sin_addr);
      std::memcpy(&storage, &name, size = sizeof name);
    }
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }

  bool is(const Address& address, std::uint16_t port) const {
    if (storage.ss_family == AF_INET6) {
      const auto& name = reinterpret_cast<const sockaddr_in6&>(storage);
      return address.family == Family::ipv6 && ntohs(name.sin6_port) == port &&
             std::memcmp(&name.sin6_addr, address.bytes.data(), 16) == 0;
    }
    const auto& name = reinterpret_cast<const sockaddr_in&>(storage);
    return address.family == Family::ipv4 && ntohs(name.sin_port) == port &&
           std::memcmp(&name.sin_addr, address.bytes.data(), 4) == 0;
  }
};

void set_option(int fd, int level, int option, int value, const char* attempt) {
  check(::setsockopt(fd, level, option, &value, sizeof value), attempt);
}

[[noreturn]] void throw_taken(const VoipFlow& flow, int error) {
  std::string attempt = "bind a call to " + to_text(flow.local) + " port " + std::to_string(flow.port);
  if (error != EADDRINUSE) throw_errno(attempt, error);
  throw Error(attempt +
              ": a program has this UDP port, which the call needs; give the program another one (`ss -uanp`)");
}

}  // namespace

std::optional<VoipLabel> read_label(std::span<const std::byte> payload) {
  Header header{};
  if (payload.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, payload.data(), sizeof header);
  if (ntohl(header.magic) != magic) return std::nullopt;
  return VoipLabel{ntohl(header.flow), be64toh(header.sequence)};
}

Fd open_voip_socket(const VoipFlow& flow) {
  const bool ipv6 = flow.local.family == Family::ipv6;
  Fd fd(check(::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
              "open a UDP socket for a call"));
  ask_for_stamps(fd.get());
  if (ipv6) {
    set_option(fd.get(), IPPROTO_IPV6, IPV6_TCLASS, expedited_forwarding, "set the traffic class to EF");
  } else {
    set_option(fd.get(), IPPROTO_IP, IP_TOS, expedited_forwarding, "set the type of service to EF");
  }
  const SocketName name(flow.local, flow.port);
  // Never connected: connect() needs a route, and the mobile's may be off just now.
  if (::bind(fd.get(), name.get(), name.size) != 0) throw_taken(flow, errno);
  return fd;
}

VoipSender::VoipSender(Loop& loop, int socket, const VoipFlow& flow, Instant first, std::optional<std::uint64_t> count)
    : loop_(loop), socket_(socket), flow_(flow), first_(first), count_(count), packet_(flow.payload) {
  if (flow.payload < voip_header) {
    throw InputError("a call's packets need a payload of " + std::to_string(voip_header) + " bytes at least, not " +
                     std::to_string(flow.payload));
  }
  if (flow.interval <= Delay{0}) throw InputError("a call's packets need an interval above 0");
  if (count) sent_.reserve(*count);
  schedule();
}

void VoipSender::stop() {
  if (timer_) loop_.cancel(*timer_);
  timer_.reset();
}

void VoipSender::schedule() {
  timer_.reset();
  if (count_ && next_ >= *count_) return;
  timer_ = loop_.at(due(), [this] { send(); });
}

void VoipSender::send() {
  const SocketName to(flow_.remote, flow_.port);
  const std::int64_t sent_ns = to_ns(now());
  const Header header{htonl(magic), htonl(flow_.id), htobe64(next_), big_endian(to_ns(due())), big_endian(sent_ns)};
  std::memcpy(packet_.data(), &header, sizeof header);
  // Refused or not: who speaks does not notice.
  (void)::sendto(socket_, packet_.data(), packet_.size(), MSG_DONTWAIT, to.get(), to.size);
  sent_.push_back({next_, sent_ns});
  ++next_;
  schedule();
}

VoipReceiver::VoipReceiver(Loop& loop, int socket, const VoipFlow& flow) : loop_(loop), socket_(socket), flow_(flow) {
  loop_.on_readable(socket_, [this] { drain(); });
}

void VoipReceiver::drain() {
  std::array<std::uint8_t, 2048> buffer;
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(timespec))> control;
  for (int i = 0; i < datagrams_a_turn; ++i) {
    SocketName from;
    iovec part{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_name = &from.storage;
    message.msg_namelen = sizeof from.storage;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto size = ::recvmsg(socket_, &message, MSG_DONTWAIT);
    if (size < 0) return;  // nothing more, or an ICMP error that a probe shrugs off
    if (!from.is(flow_.remote, flow_.port)) {
      ++foreign_;
      continue;
    }
    take(std::span(buffer).first(static_cast<std::size_t>(size)), to_ns(arrival_of(message)));
  }
}

void VoipReceiver::take(std::span<const std::uint8_t> datagram, std::int64_t received_ns) {
  Header header{};
  if (datagram.size() >= sizeof header) std::memcpy(&header, datagram.data(), sizeof header);
  if (ntohl(header.magic) != magic || ntohl(header.flow) != flow_.remote_id) {
    ++foreign_;
    return;
  }
  received_.push_back({be64toh(header.sequence), big_endian(header.sent_ns), received_ns});
}

}  // namespace segue::probe
