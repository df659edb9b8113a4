// The part of the loop that serves ends behind packet sockets.
#include <sys/epoll.h>

#include <algorithm>
#include <cstring>

#include "nodes/base/error.hpp"
#include "nodes/link/wire.hpp"

namespace segue::link {

void Wire::use_packet_sockets(std::array<Fd, 2>& fds) {
  if (port_) throw Error("there are packet sockets already");
  if (!fds[0] || !fds[1]) throw Error("two descriptors are needed");
  port_.emplace(std::move(fds[0]), std::move(fds[1]));
  for (const int fd : port_->fds()) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &port_;
    check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "watch the packet sockets");
  }
}

void Wire::add_interfaces(Link& link, const std::array<std::uint32_t, 2>& interfaces) {
  if (!port_) throw Error("there are no packet sockets");
  if (interfaces[0] == interfaces[1] || interfaces[1] == 0) throw Error("two interfaces are needed");
  for (const std::uint32_t interface : interfaces) {
    if (readers_.contains(interface)) throw Error("an interface is the end of another link");
  }
  link.interfaces = interfaces;
  for (std::size_t end = 0; end < 2; ++end) {
    link.lanes[end]->to_interface = interfaces[1 - end];
    readers_[interfaces[end]] = link.lanes[end].get();
  }
}

void Wire::take_in_frames(int limit) {
  for (int taken = 0; taken < limit; ++taken) {
    const auto frame = port_->take();
    if (!frame) return;
    const auto reader = readers_.find(frame->interface);
    if (reader == readers_.end()) continue;  // of a link that was removed
    const std::size_t in_small = std::min(frame->bytes.size(), small_slot);
    std::memcpy(spare_.small, frame->bytes.data(), in_small);
    std::memcpy(spare_.large, frame->bytes.data() + in_small, frame->bytes.size() - in_small);
    Lane& lane = *reader->second;
    keep(lane, frame->bytes.size(), frame->arrival);
    agenda_.arm(lane, lane.line.next_due());
  }
}

}  // namespace segue::link
