#include "nodes/link/wire.hpp"

#include <sys/epoll.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/link/farewell.hpp"
#include "nodes/link/wire_protocol.hpp"

namespace segue::link {
namespace {

// A busy end may not keep the others waiting for longer than this many packets.
constexpr int burst = 64;
// Nor may what is due keep what arrives from being seen.
constexpr int deliveries_a_turn = 128;

std::array<iovec, 2> parts_of(const Packet& packet) {
  const std::size_t in_small = std::min<std::size_t>(packet.length, small_slot);
  return {iovec{packet.small, in_small}, iovec{packet.large, packet.length - in_small}};
}

timespec to_timespec(Delay delay) {
  return {static_cast<time_t>(delay.count() / 1'000'000'000), static_cast<long>(delay.count() % 1'000'000'000)};
}

}  // namespace

Wire::Wire(Fd control, const WireStatus& status)
    : control_(std::move(control)),
      epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "create an epoll set")),
      status_(status),
      spare_{pool_.take_small(), pool_.take_large(), 0} {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, control_.get(), &event), "watch the control socket");
}

Wire::~Wire() {
  std::vector<Fd> taps;
  for (auto& [id, link] : links_) {
    for (Fd& tap : link->taps) {
      if (tap) taps.push_back(std::move(tap));
    }
  }
  epoll_.reset();  // so that the close of a TAP is the last of it
  close_together(std::move(taps));
}

void Wire::run() {
  std::array<epoll_event, 128> events;
  while (!ended_) {
    const int ready = wait(events);
    const Instant woke = now();
    bool control_ready = false;
    bool frames_ready = false;
    for (int i = 0; i < ready; ++i) {
      void* what = events[static_cast<std::size_t>(i)].data.ptr;
      if (what == nullptr) {
        control_ready = true;
      } else if (what == &port_) {
        frames_ready = true;
      } else {
        take_in(*static_cast<Lane*>(what), woke, burst);
      }
    }
    if (frames_ready) take_in_frames(burst);
    // Those of packet sockets say themselves how late they are seen.
    if (attends_ && ready > (control_ready ? 1 : 0) + (frames_ready ? 1 : 0))
      late_.note(next_look(), woke - next_look());
    looked_ = woke;
    deliver();
    // Last, because it may remove lanes that events speak of.
    if (control_ready) serve_control();
    ++status_.loops;
    if (ready > 0) turns_.record(now() - woke);
  }
}

Instant Wire::next_look() const noexcept { return attends_ ? looked_ + look_every : Instant::max(); }

// Sleeps until a packet arrives, one is due or it is time for a look; for the last `spin` before a packet is due it
// polls, because the wake-up from a sleep comes tens of microseconds late.
int Wire::wait(std::span<epoll_event> events) {
  const int room = static_cast<int>(events.size());
  const Instant due = agenda_.next();
  const Instant wake = std::min(due == Instant::max() ? due : due - status_.spin, next_look());
  if (wake == Instant::max()) return std::max(0, ::epoll_wait(epoll_.get(), events.data(), room, -1));
  const Delay sleep = wake - now();
  if (sleep > Delay{0}) {
    const timespec timeout = to_timespec(sleep);
    const int ready = ::epoll_pwait2(epoll_.get(), events.data(), room, &timeout, nullptr);
    if (ready > 0) return ready;
  }
  for (;;) {
    const int ready = ::epoll_wait(epoll_.get(), events.data(), room, 0);
    if (ready > 0) return ready;
    const Instant present = now();
    if (present >= due || present < due - status_.spin || status_.spin == Delay{0}) return 0;
  }
}

void Wire::take_in(Lane& lane, Instant woke, int limit) {
  if (lane.from < 0) return;
  const std::array<iovec, 2> room{iovec{spare_.small, small_slot}, iovec{spare_.large, large_slot}};
  std::array<iovec, 2> parts = room;
  Instant arrival = woke;
  for (int taken = 0; taken < limit; ++taken) {
    parts[0].iov_base = spare_.small;
    parts[1].iov_base = spare_.large;
    const ssize_t size = ::readv(lane.from, parts.data(), 2);
    if (size <= 0) {
      if (size < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOMEM || errno == ENOBUFS)) break;
      end_is_gone(lane);
      break;
    }
    // The first was there at the wakening. Those behind it may have come since, and none is to leave early.
    if (taken > 0) arrival = now();
    keep(lane, static_cast<std::size_t>(size), arrival);
  }
  agenda_.arm(lane, lane.line.next_due());
}

// Takes the packet that lies in spare_ into the lane.
void Wire::keep(Lane& lane, std::size_t size, Instant arrival) {
  if (size <= vnet_bytes) return;
  Packet packet{spare_.small, nullptr, static_cast<std::uint32_t>(size)};
  const bool needs_large = packet.length > small_slot;
  std::byte* small = pool_.take_small();
  std::byte* large = needs_large ? pool_.take_large() : nullptr;
  if (small == nullptr || (needs_large && large == nullptr)) {
    if (small != nullptr) pool_.give({small, nullptr, 0});
    lane.line.overrun(packet, arrival);
    return;
  }
  spare_.small = small;
  if (needs_large) packet.large = std::exchange(spare_.large, large);
  lane.line.push(packet, arrival);
}

void Wire::deliver() {
  Instant time = now();
  int left = deliveries_a_turn;
  while (left > 0 && agenda_.next() <= time) {
    Lane& lane = agenda_.take();
    for (; left > 0; --left) {
      const auto due = lane.line.pop(time);
      if (!due) break;
      time = write(lane, *due, time);
    }
    agenda_.arm(lane, lane.line.next_due());
  }
}

// Returns the time after it.
Instant Wire::write(Lane& lane, const Due& due, Instant when) {
  const auto both = parts_of(due.packet);
  const auto parts = std::span(both).first(due.packet.large != nullptr ? 2 : 1);
  const bool written = lane.to_interface != 0 ? port_->send(lane.to_interface, parts)
                                              : ::writev(lane.to, parts.data(), static_cast<int>(parts.size())) >= 0;
  if (!written) {
    lane.line.failed(due.packet, when);
  } else {
    lateness_.record(when - due.at);
    late_.note(due.at, when - due.at);
    lane.line.delivered(due.packet);
  }
  return now();
}

// The interface was deleted, or its namespace died. Packets on their way to it are counted as undelivered.
void Wire::end_is_gone(Lane& reader) {
  for (auto& [id, link] : links_) {
    for (std::size_t end = 0; end < 2; ++end) {
      if (link->lanes[end].get() != &reader) continue;
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, reader.from, nullptr);
      reader.from = -1;
      link->lanes[1 - end]->to = -1;
      link->taps[end].reset();
      return;
    }
  }
}

}  // namespace segue::link
