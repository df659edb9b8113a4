// Link engines: what puts a cable with impairments between two namespaces. One interface, two engines.
//
//   netem   veth pair, sch_netem at the egress of each end          needs a kernel with netem
//   wire    two ends, and the process segue-wire between them       TAPs need /dev/net/tun, packet sockets nothing
//
// Contract: set-up throws Error naming the attempt; both engines take the same Impairments and mean the same by them
// (netem_terms.hpp says where netem cannot). Requests to segue-wire are pipelined: an error of one may surface at a
// later call, at the latest in settle(). Threading: the caller's thread only; none is started. The calling thread's
// namespace is the same after every call. Cost: a few hundred microseconds a link, most of it the kernel's
// registration of two interfaces.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/base/fd.hpp"
#include "nodes/base/late_log.hpp"
#include "nodes/link/impairment.hpp"
#include "nodes/link/lateness.hpp"
#include "nodes/link/loss_event.hpp"

namespace segue::netlink {
class Socket;
}

namespace segue::link {

enum class LinkId : std::uint32_t {};

// One end of a link. The namespace and the netlink socket opened inside it stay the caller's, and must outlive the
// engine's use of the link.
struct End {
  int namespace_fd = -1;
  netlink::Socket* socket = nullptr;
  std::string interface;              // at most 15 characters
  std::array<std::uint8_t, 6> mac{};  // all zero: the kernel picks one
};

struct LinkSpec {
  std::string name;  // for messages only
  End a;
  End b;
  Impairments a_to_b;
  Impairments b_to_a;
  unsigned mtu = 1500;  // bytes of IP packet, mtu_at_least to mtu_at_most
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string_view name() const = 0;

  // Leaves both interfaces created, named, with MAC and MTU, impaired and up.
  virtual LinkId connect(const LinkSpec& spec) = 0;
  // Removes both interfaces and what is in flight between them.
  virtual void disconnect(LinkId link) = 0;
  // What is under way keeps its delay, what is being sent its time; what comes after follows `impairments`.
  virtual void change(LinkId link, Direction direction, const Impairments& impairments) = 0;
  // Waits until all that was asked for is in force; throws the first error there was.
  virtual void settle() = 0;

  virtual Impairments read_back(LinkId link, Direction direction) = 0;
  virtual LinkCounters counters(LinkId link, Direction direction) = 0;

  // How late packets were delivered, over all links since the last reset. Empty for netem, which does not say.
  virtual Histogram lateness() = 0;
  virtual void reset_lateness() = 0;
  // From now on what keeps the engine from running is noticed even where nothing leaves late by it. Costs a wake-up
  // every 250 us.
  virtual void attend(bool on) = 0;
  // What came late, with its moment. Nothing for netem, which does not say.
  virtual std::optional<LateEvents> late() = 0;
  // The most recent losses, oldest first, a few thousand at most: by these a packet that nobody has is put down to its
  // link. Empty for netem.
  virtual std::vector<LossEvent> losses() = 0;
  // What this engine did not get and would be more exact with, in sentences: "segue-wire runs without real-time …".
  virtual std::vector<std::string> remarks() = 0;
};

std::unique_ptr<Engine> make_netem_engine();

enum class WireEnds { taps, packet_sockets };

// `control` is the socket whose other end segue-wire inherited (wire_client.hpp). Closing it ends segue-wire.
std::unique_ptr<Engine> make_wire_engine(Fd control, WireEnds ends = WireEnds::taps);

}  // namespace segue::link
