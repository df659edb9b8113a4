#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "nodes/base/descriptors.hpp"
#include "nodes/base/error.hpp"
#include "nodes/link/wire.hpp"
#include "nodes/link/wire_protocol.hpp"
#include "nodes/netlink/tap.hpp"

namespace segue::link {
namespace {

// Any descriptor that keeps packets apart will do as an end; but only a TAP has offloads, and a TAP must have the vnet
// header that packets begin with.
bool is_tap(int fd) {
  ifreq request{};
  if (::ioctl(fd, TUNGETIFF, &request) < 0) return false;
  int header_bytes = 0;
  check(::ioctl(fd, TUNGETVNETHDRSZ, &header_bytes), "read the size of the TAP's vnet header");
  if ((request.ifr_flags & IFF_VNET_HDR) == 0 || header_bytes != static_cast<int>(vnet_bytes)) {
    throw Error("a TAP without a vnet header of 10 bytes");
  }
  return true;
}

}  // namespace

void Wire::serve_control() {
  // Enough to bring a lab up in one go, and not so much that packets wait.
  for (int served = 0; served < 16 && !ended_; ++served) {
    std::array<std::byte, sizeof(Request) + 1> bytes;
    std::array<Fd, 2> fds;
    const ssize_t size = receive_with(control_.get(), bytes, fds, MSG_DONTWAIT);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) {
      ended_ = true;
      return;
    }
    serve(std::span(bytes).first(static_cast<std::size_t>(size)), fds);
  }
}

void Wire::serve(std::span<const std::byte> message, std::array<Fd, 2>& fds) {
  const Parsed parsed = parse_request(message);
  if (!parsed.request) {
    // Of a message that is none there is no sequence number to trust; 0 belongs to no request.
    return reply(0, true, parsed.refusal.data(), parsed.refusal.size());
  }
  try {
    perform(*parsed.request, fds);
  } catch (const Error& error) {
    reply(parsed.request->sequence, true, error.what(), std::strlen(error.what()));
  }
}

void Wire::perform(const Request& request, std::array<Fd, 2>& fds) {
  switch (request.kind) {
    case RequestKind::add_link:
      add_link(request, fds);
      break;
    case RequestKind::use_packet_sockets:
      use_packet_sockets(fds);
      break;
    case RequestKind::remove_link:
      remove_link(request.link);
      break;
    case RequestKind::change:
      change(lane_of(request), request.direction == Direction::a_to_b ? request.a_to_b : request.b_to_a);
      break;
    case RequestKind::set_spin:
      status_.spin = request.spin;
      break;
    case RequestKind::reset_lateness:
      lateness_.reset();
      turns_.reset();
      break;
    case RequestKind::attend:
      attends_ = request.on != 0;
      break;
    default:
      return answer(request);
  }
  reply(request.sequence, false, nullptr, 0);
}

void Wire::answer(const Request& request) {
  const auto send = [&](const auto& value) { reply(request.sequence, false, &value, sizeof value); };
  switch (request.kind) {
    case RequestKind::read_back:
      return send(lane_of(request).line.impairments());
    case RequestKind::counters:
      return send(lane_of(request).line.counters());
    case RequestKind::status:
      status_.links = static_cast<std::uint32_t>(links_.size());
      return send(status_);
    case RequestKind::lateness:
      return send(lateness_);
    case RequestKind::turns:
      return send(turns_);
    case RequestKind::late:
      return send(late_);
    default:
      break;
  }
  std::vector<LossEvent> events;
  events.reserve(losses_.events().size());
  for (std::size_t i = 0; i < losses_.events().size(); ++i) events.push_back(losses_.events()[i]);
  reply(request.sequence, false, events.data(), events.size() * sizeof(LossEvent));
}

void Wire::add_link(const Request& request, std::array<Fd, 2>& fds) {
  if (links_.contains(request.link)) throw Error("there is one with this number");
  auto link = std::make_unique<Link>();
  for (std::size_t end = 0; end < 2; ++end) {
    const auto direction = static_cast<Direction>(end);
    const auto& impairments = direction == Direction::a_to_b ? request.a_to_b : request.b_to_a;
    link->lanes[end] = std::make_unique<Lane>(pool_, losses_, request.link, direction, impairments);
  }
  if (request.interfaces[0] != 0) {
    add_interfaces(*link, request.interfaces);
  } else {
    add_taps(*link, fds);
  }
  links_.emplace(request.link, std::move(link));
}

void Wire::add_taps(Link& link, std::array<Fd, 2>& fds) {
  if (!fds[0] || !fds[1]) throw Error("two descriptors are needed");
  link.taps = std::move(fds);
  for (std::size_t end = 0; end < 2; ++end) {
    Lane& lane = *link.lanes[end];
    lane.from = link.taps[end].get();
    lane.to = link.taps[1 - end].get();
    check(::fcntl(lane.from, F_SETFL, ::fcntl(lane.from, F_GETFL) | O_NONBLOCK), "make the TAP non-blocking");
    set_offloads(lane, !lane.line.impairments().per_packet());
  }
  for (auto& lane : link.lanes) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = lane.get();
    check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, lane->from, &event), "watch the TAP");
  }
}

void Wire::remove_link(std::uint32_t id) {
  const auto found = links_.find(id);
  if (found == links_.end()) throw Error("there is none with this number");
  for (auto& lane : found->second->lanes) agenda_.forget(*lane);
  for (const std::uint32_t interface : found->second->interfaces) readers_.erase(interface);
  links_.erase(found);
}

// What waits at the end came before the change, so it is taken in before; and when the offloads go, no segment that was
// handed over whole is met by an impairment of single packets. (Those of an interface are the engine's to set.)
void Wire::change(Lane& lane, const Impairments& impairments) {
  constexpr int more_than_an_end_holds = 16384;  // yet an end, should the sender be as fast as this loop
  const bool whole = !impairments.per_packet();
  if (!whole) set_offloads(lane, false);
  if (port_) take_in_frames(more_than_an_end_holds);
  const Instant present = now();
  take_in(lane, present, more_than_an_end_holds);
  lane.line.change(impairments, present);
  agenda_.arm(lane, lane.line.next_due());
  if (whole) set_offloads(lane, true);
}

void Wire::set_offloads(Lane& lane, bool on) {
  if (lane.from < 0 || lane.offloads == on || !is_tap(lane.from)) return;
  netlink::set_offloads(lane.from, on);
  lane.offloads = on;
}

Wire::Lane& Wire::lane_of(const Request& request) {
  const auto found = links_.find(request.link);
  if (found == links_.end()) throw Error("there is none with this number");
  return *found->second->lanes[static_cast<std::size_t>(request.direction)];
}

void Wire::reply(std::uint32_t sequence, bool refused, const void* payload, std::size_t size) {
  ReplyHeader header;
  header.sequence = sequence;
  header.refused = refused ? 1 : 0;
  std::array<iovec, 2> parts{iovec{&header, sizeof header}, iovec{const_cast<void*>(payload), size}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  // A client that does not read its answers has broken the protocol; packets must not wait for it.
  if (::sendmsg(control_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) ended_ = true;
}

}  // namespace segue::link
