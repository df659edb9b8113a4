// Who sees the packets of a call pass a node: packet sockets on all its interfaces, and its buffers, which tell.
//
// A packet socket sees what comes in before anything has been decided about it, and what goes out when the queues of its
// link have let it go; so the last place where a packet was seen says how far it has come. Packets in tunnels (IPv6 in
// IPv6 with or without a routing header, IP in IP) are looked into. The guest kernel's netem also shows what it drops,
// with a mark that says why (guest/source_changes.cpp); no other kernel does.
//
// What is seen waits in the sockets until drain(): nobody is woken by a packet. Where the kernel grants no space for
// that (a user without privilege) the loop takes it in as it comes. Threading: the thread of the Loop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "nodes/base/fd.hpp"
#include "nodes/base/loop.hpp"
#include "nodes/protocol/sighting.hpp"

namespace segue::probe {

class Lookout {
 public:
  // Looks for packets of any call. Throws Error.
  explicit Lookout(Loop& loop);
  ~Lookout();
  Lookout(const Lookout&) = delete;
  Lookout& operator=(const Lookout&) = delete;

  // What a buffer does with a packet, which begins with its IP header.
  void note(protocol::Sighting::Kind kind, std::span<const std::byte> packet, Instant when);

  void drain();
  // All there is of these packets, in no order.
  std::vector<protocol::Sighting> of(std::uint32_t flow, std::span<const std::uint64_t> sequences) const;
  void forget_before(Instant when);
  // That the kernel had no room for, since the last time: what is not there may then have been.
  std::uint64_t take_missed();

 private:
  struct Eye {
    Fd socket;
    std::optional<protocol::Sighting::Kind> only;  // what it sees; nothing: what comes and goes
  };

  void drain(const Eye& eye);
  void keep(const protocol::Sighting& sighting);
  const std::string& name_of(int interface);

  Loop& loop_;
  bool in_loop_ = false;
  std::array<Eye, 3> eyes_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::vector<protocol::Sighting>> seen_;  // by flow and number
  std::unordered_map<int, std::string> names_;
};

}  // namespace segue::probe
