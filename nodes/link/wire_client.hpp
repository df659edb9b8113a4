// The orchestrator's end of the control socket of segue-wire.
//
//   segue-wire --control FD [--parent PID] [--spin NS]
//
// FD is one end of socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC); segue-wire inherits it (without close-on-exec),
// forwards packets, and ends when the other end is closed, as it is when its process dies; if it finds at its start
// that PID is not its parent any more, at once.
//
// Contract: add_link, change, remove_link, set_spin, reset_lateness and attend are pipelined: they return once the
// request is on its way, and an error that segue-wire reports is thrown by a later call, at the latest by settle(). The
// others wait for the answer. All throw Error naming the attempt, also when segue-wire is gone. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "nodes/base/fd.hpp"
#include "nodes/base/late_log.hpp"
#include "nodes/link/impairment.hpp"
#include "nodes/link/lateness.hpp"
#include "nodes/link/loss_event.hpp"

namespace segue::link {

struct Request;

struct WireStatus {
  Delay spin{0};          // for how long before a packet is due it polls instead of sleeping
  bool realtime = false;  // runs under SCHED_FIFO
  bool memory_locked = false;
  std::uint32_t links = 0;
  std::uint64_t loops = 0;  // turns of its loop since the start
};

class WireClient {
 public:
  explicit WireClient(Fd control);

  // From open_packet_socket() (packet_ring.hpp), in the namespace of the interfaces that links are added of; once.
  void use_packet_sockets(int packets, int segments);
  // `a` and `b` are interfaces that the packet sockets see.
  void add_link(std::uint32_t link, const std::array<std::uint32_t, 2>& interfaces, const Impairments& a_to_b,
                const Impairments& b_to_a);
  // `a` and `b` are TAPs (IFF_VNET_HDR with a header of 10 bytes); segue-wire receives duplicates, so
  // the caller may close its own at once. Numbers of links are the caller's choice.
  void add_link(std::uint32_t link, int a, int b, const Impairments& a_to_b, const Impairments& b_to_a);
  // What errors call the link, and its number until then.
  void name_link(std::uint32_t link, std::string name) { names_[link] = std::move(name); }
  void remove_link(std::uint32_t link);
  void change(std::uint32_t link, Direction direction, const Impairments& impairments);
  void set_spin(Delay spin);
  void reset_lateness();
  void attend(bool on);
  void settle();

  Impairments read_back(std::uint32_t link, Direction direction);
  LinkCounters counters(std::uint32_t link, Direction direction);
  WireStatus status();
  // Actual less due time of every packet delivered.
  Histogram lateness();
  // How long each turn of the loop took that found work: while it is busy, a packet waits that long to be seen at most.
  Histogram turns();
  LateLog late();
  std::vector<LossEvent> losses();  // the most recent, oldest first (engine.hpp says who reads them)

 private:
  struct Outstanding {
    std::uint32_t sequence = 0;
    std::string attempt;
  };

  std::string name_of(std::uint32_t link) const;
  std::string name_of(std::uint32_t link, Direction direction) const;
  void post_link(Request request, const Impairments& a_to_b, const Impairments& b_to_a,
                 std::span<const int> descriptors);
  void post(Request request, std::string attempt, std::span<const int> descriptors = {});
  std::vector<std::byte> ask(const Request& request, const std::string& attempt);
  std::vector<std::byte> take_answer();  // of the oldest request; empty if refused, with pending_error_ set
  void throw_pending();

  Fd control_;
  std::uint32_t next_ = 1;
  std::unordered_map<std::uint32_t, std::string> names_;  // of links
  std::deque<Outstanding> outstanding_;
  std::string pending_error_;
  std::vector<std::byte> answer_;
};

}  // namespace segue::link
