// Packets of a mobile's that wait at this node until they are told to go on.
//
// While it holds, routes lead them to a TUN, of which this reads. What goes on is sent by a raw socket, whole, and with a
// mark by which the rules let it pass the TUN: so it takes the way that packets have at that moment, and nothing in it
// has changed. Released in order: what waits, the routes past the TUN, and what came into it meanwhile.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nodes/base/fd.hpp"
#include "nodes/base/loop.hpp"
#include "nodes/netlink/socket.hpp"
#include "nodes/protocol/action.hpp"
#include "nodes/protocol/plan.hpp"
#include "nodes/protocol/sighting.hpp"

namespace segue::relay {

class Relay {
 public:
  using Outlet = std::function<void(const protocol::BufferReport&)>;
  // Of each packet, when it happens: held, sent on, overflowed, discarded. The packet begins with its IP header.
  using Witness = std::function<void(protocol::Sighting::Kind kind, std::span<const std::byte> packet)>;

  // Makes the device and sets the rules. Throws Error; MachineError where no TUN can be had.
  Relay(
      Loop& loop, netlink::Socket& socket, const protocol::Buffer& buffer, Outlet outlet,
      Witness witness = [](auto, auto) {});
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // `requests` set the routes of the buffer, into it or past it. They throw Error, and then nothing has changed.
  void hold(const std::vector<netlink::Request>& requests, std::size_t limit, bool drop_oldest);
  void release(const std::vector<netlink::Request>& requests, std::uint64_t handover);
  void discard(const std::vector<netlink::Request>& requests, std::uint64_t handover);
  // Packets go through, and copies stay for so long.
  void open_window(const std::vector<netlink::Request>& requests, Delay time);
  void replay(std::uint64_t handover);
  // Copies of that packet (digest_of) and of those before it go. Of one that no copy is of, none do.
  void forget_until(const std::string& packet);
  // Nothing waits and nothing is kept, whatever was before; the routes are left to the caller.
  void forget();
  // What has been counted since it began to hold.
  const protocol::BufferReport& so_far() const noexcept { return counts_; }
  std::size_t copies() const noexcept { return copies_.size(); }  // that the window has

 private:
  struct Packet {
    Instant came;
    std::vector<std::byte> bytes;
  };

  void take_in();  // all that there is
  void queue(Packet packet);
  void send_on();
  void send(const Packet& packet);
  void forget_old_copies();
  void report(std::uint64_t handover);
  bool is_of_mobile(const std::vector<std::byte>& bytes) const;

  Loop& loop_;
  netlink::Socket& socket_;
  Address address_;
  bool uplink_;
  Fd tun_;
  Fd out_;
  Outlet outlet_;
  Witness witness_;
  enum class Mode { passing, holding, window };
  Mode mode_ = Mode::passing;
  std::size_t limit_ = 0;
  bool drop_oldest_ = false;
  Delay window_{0};
  std::deque<Packet> waiting_;
  std::deque<Packet> copies_;
  protocol::BufferReport counts_;
};

}  // namespace segue::relay
