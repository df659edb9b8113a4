#include "nodes/relay/relay.hpp"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/base/message.hpp"
#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/rule.hpp"
#include "nodes/netlink/tap.hpp"
#include "nodes/relay/digest.hpp"
#include "nodes/relay/header.hpp"

namespace segue::relay {

using protocol::Sighting;

namespace {

constexpr std::size_t largest_packet = 65536;
constexpr std::size_t header_size = 40;         // of IPv6, the longer one
constexpr std::uint32_t queue_length = 10'000;  // packets that the kernel holds until they are read

Fd make_device(netlink::Socket& socket, const protocol::Buffer& buffer) {
  Fd tun = netlink::open_tun(buffer.device);
  const auto index = netlink::index_of(buffer.device);
  socket.perform(
      {netlink::set_mtu(index, buffer.mtu), netlink::set_queue_length(index, queue_length), netlink::set_up(index)});
  return tun;
}

// A TUN does not say when a packet came: this socket sees each of them, with the kernel's stamp.
Fd open_stamps(const std::string& device) {
  Fd fd(check(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "open a packet socket for stamps"));
  ask_for_stamps(fd.get());
  sockaddr_ll name{};
  name.sll_family = AF_PACKET;
  name.sll_protocol = htons(ETH_P_ALL);
  name.sll_ifindex = static_cast<int>(netlink::index_of(device));
  check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), "bind to " + device);
  return fd;
}

}  // namespace

Relay::Relay(Loop& loop, netlink::Socket& socket, const protocol::Buffer& buffer, Outlet outlet, Lateness lateness,
             Witness witness)
    : loop_(loop),
      socket_(socket),
      addresses_(buffer.addresses),
      uplink_(buffer.uplink),
      tun_(make_device(socket, buffer)),
      out_(buffer.mark),
      stamps_(lateness ? open_stamps(buffer.device) : Fd{}),
      outlet_(std::move(outlet)),
      lateness_(std::move(lateness)),
      witness_(std::move(witness)),
      space_(largest_packet) {
  if (buffer.copy_mark != 0) copies_out_.emplace(buffer.copy_mark);
  for (const auto& rule : buffer.rules) socket_.perform(netlink::add_rule(rule));
  loop_.on_readable(tun_.get(), [this] { take_in(); });
}

Relay::~Relay() {
  loop_.remove(tun_.get());
  forget_delayed();
}

void Relay::hold(const std::vector<netlink::Request>& requests, std::size_t limit, bool drop_oldest) {
  socket_.perform(requests);
  mode_ = Mode::holding;
  limit_ = limit;
  drop_oldest_ = drop_oldest;
  copies_.clear();
}

void Relay::release(const std::vector<netlink::Request>& requests, std::uint64_t handover) {
  if (mode_ == Mode::passing) return;
  take_in();
  send_on();
  socket_.perform(requests);
  take_in();
  send_on();
  mode_ = Mode::passing;
  report(handover);
}

void Relay::discard(const std::vector<netlink::Request>& requests, std::uint64_t handover) {
  socket_.perform(requests);
  take_in();
  counts_.discarded += waiting_.size();
  for (const Packet& packet : waiting_) witness_(Sighting::Kind::discarded, packet.bytes);
  waiting_.clear();
  if (std::exchange(mode_, Mode::passing) != Mode::passing) report(handover);
}

void Relay::forget() {
  mode_ = Mode::passing;
  for (const Packet& packet : waiting_) witness_(Sighting::Kind::discarded, packet.bytes);
  waiting_.clear();
  copies_.clear();
  forget_delayed();
  counts_ = {};
}

void Relay::open_window(const std::vector<netlink::Request>& requests, Delay time) {
  socket_.perform(requests);
  mode_ = Mode::window;
  window_ = time;
  copies_.clear();
  send_on();
}

void Relay::replay(std::uint64_t handover) {
  if (mode_ != Mode::window) return;
  take_in();
  forget_old_copies();
  counts_.replayed = copies_.size();
  for (const Packet& copy : copies_) send(out_, copy.bytes);
  report(handover);
}

void Relay::forget_until(const std::string& packet) {
  if (mode_ != Mode::window || packet.empty()) return;
  take_in();
  const auto is_it = [&packet](const Packet& copy) { return digest_of(copy.bytes) == packet; };
  const auto last = std::find_if(copies_.rbegin(), copies_.rend(), is_it);
  copies_.erase(copies_.begin(), last.base());
}

void Relay::bicast(const std::vector<netlink::Request>& ways, const std::vector<netlink::Request>& requests,
                   Delay delay) {
  if (!copies_out_) throw Error("send copies of packets: this buffer has no mark for them");
  if (mode_ == Mode::bicast) {
    take_in();
    send_due_copies(Instant::max());
  }
  socket_.perform(ways);
  socket_.perform(requests);
  mode_ = Mode::bicast;
  delay_ = delay;
}

void Relay::end_bicast(const std::vector<netlink::Request>& requests, std::uint64_t handover) {
  if (mode_ != Mode::bicast) return;
  take_in();
  socket_.perform(requests);
  take_in();
  send_due_copies(Instant::max());
  mode_ = Mode::passing;
  report(handover);
}

// Behind the packet itself.
void Relay::copy(Packet packet) {
  ++counts_.copied;
  if (delay_ == Delay{0}) return send(*copies_out_, packet.bytes);
  delayed_.push_back({packet.came + delay_, std::move(packet.bytes)});
  if (!timer_) timer_ = loop_.at(delayed_.front().due, [this] { send_due_copies(now()); });
}

void Relay::send_due_copies(Instant until) {
  while (!delayed_.empty() && delayed_.front().due <= until) {
    send(*copies_out_, delayed_.front().bytes);
    delayed_.pop_front();
  }
  if (timer_) loop_.cancel(*timer_);
  timer_.reset();
  if (!delayed_.empty()) timer_ = loop_.at(delayed_.front().due, [this] { send_due_copies(now()); });
}

void Relay::forget_delayed() {
  delayed_.clear();
  if (timer_) loop_.cancel(*timer_);
  timer_.reset();
}

void Relay::report(std::uint64_t handover) {
  copies_.clear();
  counts_.handover = handover;
  counts_.uplink = uplink_;
  outlet_(std::exchange(counts_, {}));
}

void Relay::forget_old_copies() {
  const Instant oldest = now() - window_;
  while (!copies_.empty() && copies_.front().came < oldest) copies_.pop_front();
}

// What the kernel itself sends out of an interface that comes up is nothing of a mobile's.
bool Relay::is_of_mobile(std::span<const std::byte> bytes) const {
  const auto address = uplink_ ? source_of(bytes) : destination_of(bytes);
  return address && std::find(addresses_.begin(), addresses_.end(), *address) != addresses_.end();
}

void Relay::take_in() {
  for (;;) {
    const auto size = ::read(tun_.get(), space_.data(), space_.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    std::vector<std::byte> packet(space_.begin(), space_.begin() + size);
    if (!is_of_mobile(packet)) continue;
    if (is_ipv4(packet)) number(packet);
    queue({now(), std::move(packet)});
  }
  if (stamps_) note_lateness();
}

// Of those that go through: what is held waits anyway, and its release is a step of the handover's.
void Relay::note_lateness() {
  for (;;) {
    std::array<std::byte, header_size> header{};
    alignas(cmsghdr) std::array<char, 64> control;
    iovec bytes{header.data(), header.size()};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(stamps_.get(), &message, 0) < 0) return;
    const bool goes_through = mode_ == Mode::window || mode_ == Mode::bicast;
    if (goes_through && is_of_mobile(header)) lateness_(arrival_of(message), now());
  }
}

// A raw socket gives a packet without identification one of its own, each copy another, and puts the checksum right.
void Relay::number(std::span<std::byte> ipv4) {
  constexpr std::size_t identification_at = 4;
  if (ipv4[identification_at] != std::byte{0} || ipv4[identification_at + 1] != std::byte{0}) return;
  last_number_ = std::max<std::uint16_t>(static_cast<std::uint16_t>(last_number_ + 1), 1);
  ipv4[identification_at] = static_cast<std::byte>(last_number_ >> 8U);
  ipv4[identification_at + 1] = static_cast<std::byte>(last_number_ & 0xffU);
}

void Relay::queue(Packet packet) {
  if (mode_ == Mode::bicast) {
    send(out_, packet.bytes);
    return copy(std::move(packet));
  }
  if (mode_ == Mode::window) {
    send(out_, packet.bytes);
    copies_.push_back(std::move(packet));
    return forget_old_copies();
  }
  if (mode_ == Mode::passing) return send(out_, packet.bytes);  // it was on its way into the device when that was over
  if (waiting_.size() >= limit_) {
    ++counts_.dropped;
    const bool oldest = drop_oldest_ && !waiting_.empty();
    witness_(Sighting::Kind::overflowed, oldest ? waiting_.front().bytes : packet.bytes);
    if (!oldest) return;
    waiting_.pop_front();
    --counts_.held;
  }
  witness_(Sighting::Kind::held, packet.bytes);
  waiting_.push_back(std::move(packet));
  ++counts_.held;
  counts_.deepest = std::max<std::uint64_t>(counts_.deepest, waiting_.size());
}

void Relay::send_on() {
  for (const Packet& packet : waiting_) {
    counts_.longest_wait_ns = std::max(counts_.longest_wait_ns, (now() - packet.came).count());
    send(out_, packet.bytes);
  }
  waiting_.clear();
}

void Relay::send(const Sender& out, std::span<const std::byte> packet) {
  witness_(Sighting::Kind::sent_on, packet);
  out.send(packet);
}

}  // namespace segue::relay
