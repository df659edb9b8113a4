#include "nodes/agent/signaller.hpp"

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

#include "nodes/base/error.hpp"

namespace segue::agent {

namespace {

using signalling::Signal;

void ask_for_stamps(int fd) {
  const int on = 1;
  check(::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on), "ask for receive time stamps");
}

Fd open_packet_socket() {
  Fd fd(check(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(signalling::signal_ethertype)),
              "open a packet socket for layer 2 signalling"));
  ask_for_stamps(fd.get());
  return fd;
}

Fd open_datagram_socket() {
  Fd fd(check(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
              "open a UDP socket for layer 3 signalling"));
  ask_for_stamps(fd.get());
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  any.sin6_port = htons(signalling::signal_port);
  check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any),
        fmt::format("bind the signalling socket to port {}", signalling::signal_port));
  return fd;
}

sockaddr_in6 socket_address(const Address& address) {
  sockaddr_in6 result{};
  result.sin6_family = AF_INET6;
  result.sin6_port = htons(signalling::signal_port);
  std::memcpy(&result.sin6_addr, address.bytes.data(), 16);
  return result;
}

// A packet socket hears what is for another hardware address too: a frame whose own was damaged, for instance.
bool is_for_another(const sockaddr_storage& from) {
  if (from.ss_family != AF_PACKET) return false;
  sockaddr_ll address{};
  std::memcpy(&address, &from, sizeof address);
  return address.sll_pkttype != PACKET_HOST;
}

Instant stamp_of(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    return from_realtime_stamp(stamp);
  }
  return now();
}

}  // namespace

Signaller::Signaller(Loop& loop, Receiver receiver)
    : loop_(loop), receiver_(std::move(receiver)), packet_(open_packet_socket()), datagram_(open_datagram_socket()) {
  for (const Fd* fd : {&packet_, &datagram_}) {
    loop_.on_readable(fd->get(), [this, raw = fd->get()] { receive(raw); });
  }
}

Signaller::~Signaller() {
  loop_.remove(packet_.get());
  loop_.remove(datagram_.get());
}

void Signaller::receive(int fd) {
  for (;;) {
    std::array<std::uint8_t, 2048> bytes;
    alignas(cmsghdr) std::array<char, 128> control;
    iovec data{bytes.data(), bytes.size()};
    sockaddr_storage from{};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t length = ::recvmsg(fd, &message, 0);
    if (length < 0) {
      // Anything else is an ICMP error of an earlier datagram: the message it belonged to is lost, as on any network.
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      continue;
    }
    if (is_for_another(from)) continue;
    const auto signal = signalling::decode(std::span(bytes).first(static_cast<std::size_t>(length)));
    if (signal) receiver_(*signal, stamp_of(message));
  }
}

void Signaller::send(const protocol::PlanStep& step, mechanism::World::Way way, const Signal& signal) {
  const bool forth = way == mechanism::World::Way::forth;
  if (step.layer == 2) {
    send_frame(forth ? step.from_interface : step.to_interface, forth ? step.to_mac : step.from_mac, signal);
  } else {
    send_datagram(forth ? step.from_address : step.to_address, forth ? step.to_address : step.from_address, signal);
  }
}

void Signaller::send_frame(const std::string& interface, const protocol::Mac& to, const Signal& signal) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(signalling::signal_ethertype);
  address.sll_ifindex = index_of(interface);
  address.sll_halen = 6;
  std::copy(to.begin(), to.end(), address.sll_addr);
  const auto bytes = signalling::encode(signal);
  check(::sendto(packet_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&address),
                 sizeof address),
        fmt::format("send a layer 2 message on {}", interface));
}

void Signaller::send_datagram(const Address& from, const Address& to, const Signal& signal) {
  const auto bytes = signalling::encode(signal);
  sockaddr_in6 address = socket_address(to);
  iovec data{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> control{};
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = sizeof address;
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  // The source decides which access link a mobile node's signalling leaves by: its routing rules look at it.
  in6_pktinfo source{};
  std::memcpy(&source.ipi6_addr, from.bytes.data(), 16);
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = IPPROTO_IPV6;
  part->cmsg_type = IPV6_PKTINFO;
  part->cmsg_len = CMSG_LEN(sizeof source);
  std::memcpy(CMSG_DATA(part), &source, sizeof source);
  check(::sendmsg(datagram_.get(), &message, 0),
        fmt::format("send a layer 3 message from {} to {}", to_text(from), to_text(to)));
}

int Signaller::index_of(const std::string& interface) {
  const auto known = indices_.find(interface);
  if (known != indices_.end()) return known->second;
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) throw_errno(fmt::format("find interface {}", interface));
  return indices_[interface] = static_cast<int>(index);
}

}  // namespace segue::agent
