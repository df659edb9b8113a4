// Packets of a mobile's that wait at this node until they are told to go on, or go through it and are copied.
//
// As long as it has something to do, routes lead them to a TUN, of which this reads. What goes on is sent by a raw socket of
// its family, whole, and with a mark by which the rules let it pass the TUN: so it takes the way that packets have at that
// moment, and nothing in it has changed (but an IPv4 identification of 0, which raw sockets do not send). Released in
// order: what waits, the routes past the TUN, and what came into it meanwhile. Copies have a mark of their own; those that
// are delayed leave in the order in which they were made.
//
// In real time a packet that goes through is as late as this process is: how late, from the kernel's stamp, `lateness`
// hears of each time. In virtual time it is nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nodes/base/fd.hpp"
#include "nodes/base/loop.hpp"
#include "nodes/netlink/socket.hpp"
#include "nodes/protocol/action.hpp"
#include "nodes/protocol/plan.hpp"
#include "nodes/protocol/sighting.hpp"
#include "nodes/relay/sender.hpp"

namespace segue::relay {

class Relay {
 public:
  using Outlet = std::function<void(const protocol::BufferReport&)>;
  using Lateness = std::function<void(Instant came, Instant sent)>;
  // Of each packet, when it happens: held, sent on, overflowed, discarded. The packet begins with its IP header.
  using Witness = std::function<void(protocol::Sighting::Kind kind, std::span<const std::byte> packet)>;

  // Makes the device and sets the rules. Throws Error; MachineError where no TUN can be had.
  Relay(
      Loop& loop, netlink::Socket& socket, const protocol::Buffer& buffer, Outlet outlet, Lateness lateness = {},
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
  // Packets go through, and a copy of each leaves so much later by the routes that `ways` set. What earlier copies are
  // still to go leave before that.
  void bicast(const std::vector<netlink::Request>& ways, const std::vector<netlink::Request>& requests, Delay delay);
  void end_bicast(const std::vector<netlink::Request>& requests, std::uint64_t handover);
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

  struct Delayed {
    Instant due;
    std::vector<std::byte> bytes;
  };

  void take_in();  // all that there is
  void note_lateness();
  void queue(Packet packet);
  void send_on();
  void send(const Sender& out, std::span<const std::byte> packet);
  void copy(Packet packet);
  void send_due_copies(Instant until);
  void forget_old_copies();
  void forget_delayed();
  void report(std::uint64_t handover);
  bool is_of_mobile(std::span<const std::byte> bytes) const;
  void number(std::span<std::byte> ipv4);

  Loop& loop_;
  netlink::Socket& socket_;
  std::vector<Address> addresses_;
  bool uplink_;
  Fd tun_;
  Sender out_;
  std::optional<Sender> copies_out_;  // where the buffer has a mark for them
  std::uint16_t last_number_ = 0;
  Fd stamps_;
  Outlet outlet_;
  Lateness lateness_;
  Witness witness_;
  std::vector<std::byte> space_;
  enum class Mode { passing, holding, window, bicast };
  Mode mode_ = Mode::passing;
  std::size_t limit_ = 0;
  bool drop_oldest_ = false;
  Delay window_{0};
  Delay delay_{0};  // of copies
  std::deque<Packet> waiting_;
  std::deque<Packet> copies_;
  std::deque<Delayed> delayed_;
  std::optional<Loop::TimerId> timer_;
  protocol::BufferReport counts_;
};

}  // namespace segue::relay
