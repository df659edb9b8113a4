#include "nodes/signalling/sockets.hpp"

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/base/message.hpp"

namespace segue::signalling {

namespace {

using protocol::LinkEndpoint;
using protocol::NetworkEndpoint;

void ask_for(int fd, int level, int option, const char* what) {
  const int on = 1;
  check(::setsockopt(fd, level, option, &on, sizeof on), what);
}

Fd open_packet_socket(std::uint16_t ethertype) {
  Fd fd(check(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ethertype)),
              "open a packet socket for layer 2 signalling"));
  ask_for_stamps(fd.get());
  return fd;
}

Fd open_datagram_socket(std::uint16_t port) {
  Fd fd(check(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
              "open a UDP socket for layer 3 signalling"));
  ask_for_stamps(fd.get());
  ask_for(fd.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, "ask where datagrams came to");
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  any.sin6_port = htons(port);
  check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any),
        fmt::format("bind the signalling socket to port {}", port));
  return fd;
}

// Who sent a message, as a socket of its kind says it.
template <typename Kind>
Kind name_as(const msghdr& message) {
  Kind name{};
  std::memcpy(&name, message.msg_name, sizeof name);
  return name;
}

bool is_frame(const msghdr& message) { return name_as<sa_family_t>(message) == AF_PACKET; }

// A packet socket hears what is for another hardware address too: a frame whose own was damaged, for instance.
bool is_for_another(const msghdr& message) {
  return is_frame(message) && name_as<sockaddr_ll>(message).sll_pkttype != PACKET_HOST;
}

// Of a message to or from `name`, with its bytes and room for what is said beside it.
template <typename Name, std::size_t room>
msghdr header_of(Name& name, iovec& bytes, std::array<char, room>& control) {
  msghdr message{};
  message.msg_name = &name;
  message.msg_namelen = sizeof name;
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  return message;
}

Address address_of(const in6_addr& address) {
  Address result;
  std::memcpy(result.bytes.data(), &address, 16);
  return result;
}

}  // namespace

Sockets::Sockets(Loop& loop, const Ports& ports, Receiver receiver)
    : loop_(loop),
      ports_(ports),
      receiver_(std::move(receiver)),
      packet_(open_packet_socket(ports.ethertype)),
      datagram_(open_datagram_socket(ports.udp)) {
  for (const Fd* fd : {&packet_, &datagram_}) {
    loop_.on_readable(fd->get(), [this, raw = fd->get()] { receive(raw); });
  }
}

Sockets::~Sockets() {
  loop_.remove(packet_.get());
  loop_.remove(datagram_.get());
}

void Sockets::receive(int fd) {
  for (;;) {
    std::array<std::uint8_t, 2048> bytes;
    alignas(cmsghdr) std::array<char, 128> control;
    iovec data{bytes.data(), bytes.size()};
    sockaddr_storage from{};
    msghdr message = header_of(from, data, control);
    const ssize_t length = ::recvmsg(fd, &message, 0);
    if (length < 0) {
      // Anything else is an ICMP error of an earlier datagram: the message it belonged to is lost, as on any network.
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      continue;
    }
    if (!is_for_another(message)) receiver_(arrival(message, std::span(bytes).first(static_cast<std::size_t>(length))));
  }
}

Arrival Sockets::arrival(msghdr& message, std::span<const std::uint8_t> bytes) {
  Arrival result{.bytes = bytes, .stamp = arrival_of(message), .interface = {}, .answer_to = {}};
  if (is_frame(message)) {
    const auto sender = name_as<sockaddr_ll>(message);
    LinkEndpoint back{.interface = name_of(sender.sll_ifindex)};
    std::copy_n(sender.sll_addr, back.to.size(), back.to.begin());
    result.interface = back.interface;
    result.answer_to = std::move(back);
  } else {
    const auto came_to = control_part<in6_pktinfo>(message, IPPROTO_IPV6, IPV6_PKTINFO).value_or(in6_pktinfo{});
    result.interface = name_of(static_cast<int>(came_to.ipi6_ifindex));
    result.answer_to =
        NetworkEndpoint{address_of(came_to.ipi6_addr), address_of(name_as<sockaddr_in6>(message).sin6_addr)};
  }
  return result;
}

void Sockets::send(const protocol::Endpoint& to, std::span<const std::uint8_t> bytes) {
  std::visit([this, bytes](const auto& endpoint) { send_to(endpoint, bytes); }, to);
}

void Sockets::send_to(const LinkEndpoint& to, std::span<const std::uint8_t> bytes) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ports_.ethertype);
  address.sll_ifindex = index_of(to.interface);
  address.sll_halen = 6;
  std::copy(to.to.begin(), to.to.end(), address.sll_addr);
  check(::sendto(packet_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&address),
                 sizeof address),
        fmt::format("send a layer 2 message on {}", to.interface));
}

void Sockets::send_to(const NetworkEndpoint& to, std::span<const std::uint8_t> bytes) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(ports_.udp);
  std::memcpy(&address.sin6_addr, to.to.bytes.data(), 16);
  iovec data{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> control{};
  msghdr message = header_of(address, data, control);
  in6_pktinfo source{};
  std::memcpy(&source.ipi6_addr, to.from.bytes.data(), 16);
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = IPPROTO_IPV6;
  part->cmsg_type = IPV6_PKTINFO;
  part->cmsg_len = CMSG_LEN(sizeof source);
  std::memcpy(CMSG_DATA(part), &source, sizeof source);
  check(::sendmsg(datagram_.get(), &message, 0),
        fmt::format("send a layer 3 message from {} to {}", to_text(to.from), to_text(to.to)));
}

int Sockets::index_of(const std::string& interface) {
  const auto known = indices_.find(interface);
  if (known != indices_.end()) return known->second;
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) throw_errno(fmt::format("find interface {}", interface));
  return indices_[interface] = static_cast<int>(index);
}

const std::string& Sockets::name_of(int interface) {
  std::string& name = names_[interface];
  std::array<char, IF_NAMESIZE> found{};
  if (name.empty() && ::if_indextoname(static_cast<unsigned>(interface), found.data()) != nullptr) name = found.data();
  return name;
}

}  // namespace segue::signalling
