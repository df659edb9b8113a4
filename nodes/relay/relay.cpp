#include "nodes/relay/relay.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "nodes/base/error.hpp"
#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/rule.hpp"
#include "nodes/netlink/tap.hpp"
#include "nodes/relay/digest.hpp"

namespace segue::relay {

using protocol::Sighting;

namespace {

constexpr std::size_t largest_packet = 65536;
constexpr std::size_t header_size = 40;  // of IPv6 (RFC 8200, section 3)
constexpr std::size_t source_at = 8;
constexpr std::size_t destination_at = 24;
constexpr std::uint32_t queue_length = 10'000;  // packets that the kernel holds until they are read
constexpr int send_space = 64 << 20;

Fd open_sender(std::uint32_t mark) {
  Fd fd(check(::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW), "open a raw socket"));
  check(::setsockopt(fd.get(), SOL_SOCKET, SO_MARK, &mark, sizeof mark), "mark what a raw socket sends");
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUFFORCE, &send_space, sizeof send_space);
  return fd;
}

Fd make_device(netlink::Socket& socket, const protocol::Buffer& buffer) {
  Fd tun = netlink::open_tun(buffer.device);
  const auto index = netlink::index_of(buffer.device);
  socket.perform(
      {netlink::set_mtu(index, buffer.mtu), netlink::set_queue_length(index, queue_length), netlink::set_up(index)});
  return tun;
}

}  // namespace

Relay::Relay(Loop& loop, netlink::Socket& socket, const protocol::Buffer& buffer, Outlet outlet, Witness witness)
    : loop_(loop),
      socket_(socket),
      address_(buffer.address),
      uplink_(buffer.uplink),
      tun_(make_device(socket, buffer)),
      out_(open_sender(buffer.mark)),
      outlet_(std::move(outlet)),
      witness_(std::move(witness)) {
  for (const auto& rule : buffer.rules) socket_.perform(netlink::add_rule(rule));
  loop_.on_readable(tun_.get(), [this] { take_in(); });
}

Relay::~Relay() { loop_.remove(tun_.get()); }

void Relay::hold(const std::vector<netlink::Request>& requests, std::size_t limit, bool drop_oldest) {
  socket_.perform(requests);
  mode_ = Mode::holding;
  limit_ = limit;
  drop_oldest_ = drop_oldest;
  copies_.clear();
}

void Relay::release(const std::vector<netlink::Request>& requests, std::uint64_t handover) {
  take_in();
  send_on();
  socket_.perform(requests);
  take_in();
  send_on();
  if (std::exchange(mode_, Mode::passing) != Mode::passing) report(handover);
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
  for (const Packet& copy : copies_) send(copy);
  report(handover);
}

void Relay::forget_until(const std::string& packet) {
  if (mode_ != Mode::window || packet.empty()) return;
  take_in();
  const auto is_it = [&packet](const Packet& copy) { return digest_of(copy.bytes) == packet; };
  const auto last = std::find_if(copies_.rbegin(), copies_.rend(), is_it);
  copies_.erase(copies_.begin(), last.base());
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
bool Relay::is_of_mobile(const std::vector<std::byte>& bytes) const {
  if (bytes.size() < header_size) return false;
  return std::memcmp(bytes.data() + (uplink_ ? source_at : destination_at), address_.bytes.data(), 16) == 0;
}

void Relay::take_in() {
  std::vector<std::byte> bytes(largest_packet);
  for (;;) {
    const auto size = ::read(tun_.get(), bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    std::vector<std::byte> packet(bytes.begin(), bytes.begin() + size);
    if (is_of_mobile(packet)) queue({now(), std::move(packet)});
  }
}

void Relay::queue(Packet packet) {
  if (mode_ == Mode::window) {
    send(packet);
    copies_.push_back(std::move(packet));
    return forget_old_copies();
  }
  if (mode_ == Mode::passing) return send(packet);  // it was on its way into the device when that was over
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
    send(packet);
  }
  waiting_.clear();
}

// Where it leads nowhere now, it is lost as any other packet would be.
void Relay::send(const Packet& packet) {
  witness_(Sighting::Kind::sent_on, packet.bytes);
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  std::memcpy(&to.sin6_addr, packet.bytes.data() + destination_at, 16);
  ::sendto(out_.get(), packet.bytes.data(), packet.bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

}  // namespace segue::relay
