// The user-space link engine's loop: reads packets from the ends of links, holds them in delay lines, writes them to
// the other end. Ends are TAPs, or interfaces behind packet sockets.
//
// One thread. No allocation per packet once warm, and none per turn. A packet's arrival at a TAP is the moment the loop
// wakes up for it, for those behind the first the moment they have been read: it may be taken to have come late, but
// not early, so no packet has less than its delay. Packet sockets say when it came. Its lateness is the time from its
// due time to the write that delivers it.
//
// A packet that waits in its TAP while this process is kept from running is stamped late, and then leaves on time by
// that stamp: no lateness shows it. So while it *attends*, it wakes up and looks every 250 us; packets found at a look
// that came later than that may have waited as long, and are noted as late.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "nodes/base/clock.hpp"
#include "nodes/base/fd.hpp"
#include "nodes/base/late_log.hpp"
#include "nodes/link/agenda.hpp"
#include "nodes/link/delay_line.hpp"
#include "nodes/link/lateness.hpp"
#include "nodes/link/packet.hpp"
#include "nodes/link/packet_ring.hpp"
#include "nodes/link/wire_client.hpp"

struct epoll_event;

namespace segue::link {

class Wire {
 public:
  // `status` says what the process got; the loop fills in the rest.
  Wire(Fd control, const WireStatus& status);
  ~Wire();

  // Until the other end of the control socket is closed.
  void run();

 private:
  // One direction: what is read from `from` goes to `to`. -1: that end is gone, or is an interface.
  struct Lane {
    Lane(PacketPool& pool, LossLog& log, std::uint32_t link, Direction direction, const Impairments& impairments)
        : line(pool, log, link, direction, impairments) {}
    DelayLine line;
    int from = -1;
    int to = -1;
    std::uint32_t to_interface = 0;
    std::optional<bool> offloads;  // whether `from` hands over segments whole; none: not told yet
    Instant appointment = Instant::max();
  };
  struct Link;

  int wait(std::span<epoll_event> events);
  Instant next_look() const noexcept;
  void take_in(Lane& lane, Instant woke, int limit);
  void keep(Lane& lane, std::size_t size, Instant arrival);
  void deliver();
  Instant write(Lane& lane, const Due& due, Instant when);
  void end_is_gone(Lane& reader);

  // wire_packets.cpp
  void use_packet_sockets(std::array<Fd, 2>& fds);
  void add_interfaces(Link& link, const std::array<std::uint32_t, 2>& interfaces);
  void take_in_frames(int limit);

  // wire_control.cpp
  void serve_control();
  void serve(std::span<const std::byte> message, std::array<Fd, 2>& fds);
  void perform(const Request& request, std::array<Fd, 2>& fds);
  void answer(const Request& request);
  void add_link(const Request& request, std::array<Fd, 2>& fds);
  void add_taps(Link& link, std::array<Fd, 2>& fds);
  void remove_link(std::uint32_t id);
  void change(Lane& lane, const Impairments& impairments);
  void set_offloads(Lane& lane, bool on);
  Lane& lane_of(const Request& request);
  void reply(std::uint32_t sequence, bool refused, const void* payload, std::size_t size);

  Fd control_;
  Fd epoll_;
  bool ended_ = false;
  WireStatus status_;
  PacketPool pool_;
  LossLog losses_;
  Packet spare_;  // where the next packet is read into
  std::unordered_map<std::uint32_t, std::unique_ptr<Link>> links_;
  std::optional<PacketPort> port_;
  std::unordered_map<std::uint32_t, Lane*> readers_;  // by the interface whose frames they take
  Agenda<Lane> agenda_;
  Histogram lateness_;
  Histogram turns_;
  LateLog late_;
  bool attends_ = false;
  Instant looked_{};
};

struct Wire::Link {
  std::array<Fd, 2> taps;                      // a, b; none if they are interfaces
  std::array<std::uint32_t, 2> interfaces{};   // a, b; 0 if they are TAPs
  std::array<std::unique_ptr<Lane>, 2> lanes;  // a to b, b to a
};

}  // namespace segue::link
