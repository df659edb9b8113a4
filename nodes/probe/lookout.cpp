#include "nodes/probe/lookout.hpp"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "nodes/base/error.hpp"
#include "nodes/base/message.hpp"
#include "nodes/probe/call_headers.hpp"

namespace segue::probe {

namespace {

using protocol::Sighting;

constexpr int room = 256 << 20;  // bytes; taken as packets come
constexpr std::size_t packets_a_turn = 64;

Fd open_eye(std::optional<std::uint32_t> mark, bool& has_room) {
  Fd fd(check(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "open a packet socket for a call"));
  auto filter = filter_for_calls(mark);
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  check(::setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), "look for a call's packets");
  ask_for_stamps(fd.get());
  has_room = ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) == 0 && has_room;
  sockaddr_ll everywhere{};
  everywhere.sll_family = AF_PACKET;
  everywhere.sll_protocol = htons(ETH_P_ALL);
  check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&everywhere), sizeof everywhere), "see a node's packets");
  return fd;
}

}  // namespace

Lookout::Lookout(Loop& loop) : loop_(loop) {
  bool has_room = true;
  eyes_[0] = {open_eye(std::nullopt, has_room), std::nullopt};
  eyes_[1] = {open_eye(lost_mark, has_room), Sighting::Kind::lost};
  eyes_[2] = {open_eye(refused_mark, has_room), Sighting::Kind::refused};
  in_loop_ = !has_room;
  if (!in_loop_) return;
  for (const Eye& eye : eyes_) loop_.on_readable(eye.socket.get(), [this, &eye] { drain(eye); });
}

Lookout::~Lookout() {
  if (!in_loop_) return;
  for (const Eye& eye : eyes_) loop_.remove(eye.socket.get());
}

void Lookout::note(Sighting::Kind kind, std::span<const std::byte> packet, Instant when) {
  auto sighting = read_headers(packet);
  if (!sighting) return;
  sighting->kind = kind;
  sighting->at_ns = to_ns(when);
  keep(*sighting);
}

void Lookout::keep(const Sighting& sighting) { seen_[{sighting.flow, sighting.sequence}].push_back(sighting); }

const std::string& Lookout::name_of(int interface) {
  auto& name = names_[interface];
  std::array<char, IF_NAMESIZE> text{};
  if (name.empty() && ::if_indextoname(static_cast<unsigned>(interface), text.data()) != nullptr) name = text.data();
  return name;
}

void Lookout::drain() {
  for (const Eye& eye : eyes_) drain(eye);
}

void Lookout::drain(const Eye& eye) {
  struct Slot {
    std::array<std::byte, headers_kept> bytes;
    alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(timespec))> control;
    sockaddr_ll from;
    iovec part;
  };
  std::vector<Slot> slots(packets_a_turn);
  std::vector<mmsghdr> messages(packets_a_turn);
  // One look at both clocks for all of them: a look takes time where it is virtual.
  timespec wall{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  const Delay since_the_epoch = std::chrono::seconds(wall.tv_sec) + Nanoseconds(wall.tv_nsec);
  const Instant present = now();
  for (;;) {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      Slot& slot = slots[i];
      slot.part = {slot.bytes.data(), slot.bytes.size()};
      messages[i].msg_hdr = {.msg_name = &slot.from,
                             .msg_namelen = sizeof slot.from,
                             .msg_iov = &slot.part,
                             .msg_iovlen = 1,
                             .msg_control = slot.control.data(),
                             .msg_controllen = slot.control.size(),
                             .msg_flags = 0};
    }
    const int count = ::recvmmsg(eye.socket.get(), messages.data(), static_cast<unsigned>(messages.size()),
                                 MSG_DONTWAIT | MSG_TRUNC, nullptr);
    for (int i = 0; i < count; ++i) {
      auto& message = messages[static_cast<std::size_t>(i)];
      const Slot& slot = slots[static_cast<std::size_t>(i)];
      const auto size = std::min<std::size_t>(message.msg_len, slot.bytes.size());
      auto sighting = read_headers(std::span(slot.bytes).first(size));
      if (!sighting) continue;
      const auto stamp = control_part<timespec>(message.msg_hdr, SOL_SOCKET, SCM_TIMESTAMPNS);
      const Delay at = stamp ? std::chrono::seconds(stamp->tv_sec) + Nanoseconds(stamp->tv_nsec) : since_the_epoch;
      sighting->at_ns = to_ns(present - (since_the_epoch - at));
      const bool out = slot.from.sll_pkttype == PACKET_OUTGOING;
      const bool strange = slot.from.sll_pkttype == PACKET_OTHERHOST;
      sighting->kind = eye.only.value_or(out       ? Sighting::Kind::left
                                         : strange ? Sighting::Kind::strange
                                                   : Sighting::Kind::came);
      sighting->interface = name_of(slot.from.sll_ifindex);
      keep(*sighting);
    }
    if (count < static_cast<int>(packets_a_turn)) return;
  }
}

std::vector<Sighting> Lookout::of(std::uint32_t flow, std::span<const std::uint64_t> sequences) const {
  std::vector<Sighting> found;
  for (const auto sequence : sequences) {
    const auto known = seen_.find({flow, sequence});
    if (known != seen_.end()) found.insert(found.end(), known->second.begin(), known->second.end());
  }
  return found;
}

void Lookout::forget_before(Instant when) {
  std::erase_if(seen_, [&](const auto& packet) { return packet.second.back().at_ns < to_ns(when); });
}

std::uint64_t Lookout::take_missed() {
  std::uint64_t missed = 0;
  for (const Eye& eye : eyes_) {
    tpacket_stats statistics{};  // the kernel counts anew after each reading
    socklen_t size = sizeof statistics;
    if (::getsockopt(eye.socket.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0) {
      missed += statistics.tp_drops;
    }
  }
  return missed;
}

}  // namespace segue::probe
