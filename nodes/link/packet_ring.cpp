#include "nodes/link/packet_ring.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <atomic>
#include <ctime>

#include "nodes/base/error.hpp"
#include "nodes/link/packet.hpp"

namespace segue::link {
namespace {

template <typename Value>
void set(const Fd& socket, int level, int option, const Value& value, const char* attempt) {
  check(::setsockopt(socket.get(), level, option, &value, sizeof value), attempt);
}

void take_lengths(const Fd& socket, const RingShape& shape) {
  std::array<sock_filter, 5> program{{
      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, shape.shortest, 0, 2),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, shape.longest, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  set(socket, SOL_SOCKET, SO_ATTACH_FILTER, filter, "choose frames by their length");
}

std::atomic_ref<std::uint32_t> status_of(tpacket2_hdr* slot) { return std::atomic_ref(slot->tp_status); }

}  // namespace

Fd open_packet_socket(const RingShape& shape) {
  // Bound last: nothing is to come before all is set.
  Fd socket(check(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "open a packet socket"));
  set(socket, SOL_PACKET, PACKET_VERSION, int{TPACKET_V2}, "set the version of a packet socket");
  set(socket, SOL_PACKET, PACKET_VNET_HDR, 1, "have a packet socket pass segments whole");
  set(socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "have a packet socket ignore what it sends");
  set(socket, SOL_PACKET, PACKET_QDISC_BYPASS, 1, "have a packet socket send at once");
  take_lengths(socket, shape);
  tpacket_req ring{};
  ring.tp_block_size = shape.block_bytes;
  ring.tp_block_nr = shape.blocks;
  ring.tp_frame_size = shape.slot_bytes;
  ring.tp_frame_nr = shape.slots();
  set(socket, SOL_PACKET, PACKET_RX_RING, ring, "make the ring of a packet socket");
  sockaddr_ll all{};
  all.sll_family = AF_PACKET;
  all.sll_protocol = htons(ETH_P_ALL);
  check(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&all), sizeof all), "bind a packet socket");
  return socket;
}

PacketRing::PacketRing(Fd socket, const RingShape& shape) : socket_(std::move(socket)), shape_(shape) {
  void* memory = ::mmap(nullptr, shape.bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, socket_.get(), 0);
  if (memory == MAP_FAILED) throw_errno("map the ring of a packet socket");
  memory_ = static_cast<std::byte*>(memory);
}

PacketRing::~PacketRing() { ::munmap(memory_, shape_.bytes()); }

// Blocks follow one another; at the end of each may be room that no slot fits in.
tpacket2_hdr* PacketRing::slot() const noexcept {
  const std::size_t block = next_ / shape_.slots_a_block();
  const std::size_t within = next_ % shape_.slots_a_block();
  return reinterpret_cast<tpacket2_hdr*>(memory_ + block * shape_.block_bytes + within * shape_.slot_bytes);
}

std::optional<Frame> PacketRing::front() const noexcept {
  tpacket2_hdr* header = slot();
  if ((status_of(header).load(std::memory_order_acquire) & TP_STATUS_USER) == 0) return std::nullopt;
  const auto* start = reinterpret_cast<const std::byte*>(header);
  const auto* from = reinterpret_cast<const sockaddr_ll*>(start + TPACKET_ALIGN(sizeof *header));
  const timespec stamp{static_cast<time_t>(header->tp_sec), static_cast<long>(header->tp_nsec)};
  return Frame{static_cast<std::uint32_t>(from->sll_ifindex),
               {start + header->tp_mac - vnet_bytes, header->tp_snaplen + vnet_bytes},
               from_realtime_stamp(stamp)};
}

void PacketRing::pop() noexcept {
  status_of(slot()).store(TP_STATUS_KERNEL, std::memory_order_release);
  next_ = (next_ + 1) % shape_.slots();
}

PacketPort::PacketPort(Fd packets, Fd segments)
    : packets_(std::move(packets), packet_slots), segments_(std::move(segments), segment_slots), earliest_(now()) {}

std::optional<Frame> PacketPort::take() {
  if (taken_ != nullptr) taken_->pop();
  taken_ = nullptr;
  const Instant looked = now();
  // In this order: a packet that came before a segment is there when the segment is.
  const auto segment = segments_.front();
  const auto packet = packets_.front();
  if (!segment && !packet) {
    earliest_ = std::max(earliest_, looked);
    return std::nullopt;
  }
  const bool is_segment = segment && (!packet || segment->arrival < packet->arrival);
  taken_ = is_segment ? &segments_ : &packets_;
  Frame frame = is_segment ? *segment : *packet;
  earliest_ = std::max(earliest_, frame.arrival);
  frame.arrival = earliest_;
  return frame;
}

bool PacketPort::send(std::uint32_t interface, std::span<const iovec> parts) {
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(interface);
  msghdr message{};
  message.msg_name = &to;
  message.msg_namelen = sizeof to;
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  return ::sendmsg(packets_.fd(), &message, MSG_DONTWAIT) >= 0;
}

}  // namespace segue::link
