// The voice-like probe: small UDP datagrams at a fixed pace, both ways between two nodes.
//
// Both ends of a call use one UDP port; each end's socket sends its own flow and receives the other's. What is
// recorded is raw: one entry a packet and instant. score.hpp makes sense of it.
// Threading: everything from the thread of the Loop. Once reserved, no packet costs an allocation.
// Packets carry DSCP EF (46, RFC 3246). All nodes share one clock, so the send time in the payload is comparable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "nodes/base/fd.hpp"
#include "nodes/base/ip.hpp"
#include "nodes/base/loop.hpp"
#include "nodes/probe/records.hpp"

namespace segue::probe {

// G.711 sends 160 bytes every 20 ms.
struct VoipFlow {
  Address local;
  Address remote;
  std::uint16_t port = 5004;  // at both ends
  Delay interval{20'000'000};
  std::uint16_t payload = 160;  // bytes of UDP payload, at least voip_header
  std::uint32_t id = 0;         // carried by what this end sends
  std::uint32_t remote_id = 0;  // and by what the other end sends
};

inline constexpr std::uint16_t voip_header = 32;  // bytes: what a packet carries besides padding

// What a packet of a call says of itself; nothing if its UDP payload is none.
struct VoipLabel {
  std::uint32_t flow = 0;
  std::uint64_t sequence = 0;
};
std::optional<VoipLabel> read_label(std::span<const std::byte> payload);

// A UDP socket bound to local:port, non-blocking, with kernel receive time stamps and DSCP EF. Throws Error.
Fd open_voip_socket(const VoipFlow& flow);

// Sends packet k at first + k * interval. The schedule is absolute: a packet that leaves late shifts no other, and
// those that fell due meanwhile follow at once.
class VoipSender {
 public:
  // `socket` must outlive this. Sends until stop(), or `count` packets. Throws InputError if the payload or the
  // interval is too small.
  VoipSender(Loop& loop, int socket, const VoipFlow& flow, Instant first,
             std::optional<std::uint64_t> count = std::nullopt);
  ~VoipSender() { stop(); }
  VoipSender(const VoipSender&) = delete;
  VoipSender& operator=(const VoipSender&) = delete;

  void stop();
  bool done() const noexcept { return !timer_; }
  void reserve(std::size_t packets) { sent_.reserve(packets); }

  // What was sent since the last clear(). A packet the kernel refused (its route is off: EINVAL, EHOSTUNREACH,
  // ENETUNREACH, EACCES, ENOBUFS) was sent as far as its user is concerned, and is lost.
  std::span<const Sent> records() const noexcept { return sent_; }
  void clear() noexcept { sent_.clear(); }  // keeps the memory

 private:
  void schedule();
  void send();
  Instant due() const noexcept { return first_ + Delay(flow_.interval.count() * static_cast<std::int64_t>(next_)); }

  Loop& loop_;
  int socket_;
  VoipFlow flow_;
  Instant first_;
  std::optional<std::uint64_t> count_;
  std::uint64_t next_ = 0;  // sequence number
  std::optional<Loop::TimerId> timer_;
  std::vector<std::uint8_t> packet_;
  std::vector<Sent> sent_;
};

// Records what arrives of flow.remote_id from flow.remote: the rest is another call's, or no call's. The receive
// instant is the kernel's stamp.
class VoipReceiver {
 public:
  // `socket` must outlive this; the loop watches it until then.
  VoipReceiver(Loop& loop, int socket, const VoipFlow& flow);
  ~VoipReceiver() { loop_.remove(socket_); }
  VoipReceiver(const VoipReceiver&) = delete;
  VoipReceiver& operator=(const VoipReceiver&) = delete;

  void reserve(std::size_t packets) { received_.reserve(packets); }
  std::span<const Received> records() const noexcept { return received_; }  // in order of arrival, since clear()
  void clear() noexcept { received_.clear(); }

  // Datagrams that were no packet of this call: what a test waits for to know that they were left out.
  std::uint64_t foreign() const noexcept { return foreign_; }

 private:
  void drain();
  void take(std::span<const std::uint8_t> datagram, std::int64_t received_ns);

  Loop& loop_;
  int socket_;
  VoipFlow flow_;
  std::vector<Received> received_;
  std::uint64_t foreign_ = 0;
};

}  // namespace segue::probe
