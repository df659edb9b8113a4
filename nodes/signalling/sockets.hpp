// The sockets a node signals on: AF_PACKET for layer 2, UDP over IPv6 for layer 3. They carry bytes of whatever protocol
// has their EtherType and port, and know none.
//
// Both ask the kernel to stamp what arrives, so that a message's processing is counted from its arrival and not from
// the moment this process woke up. The layer 2 socket hears every interface, also those that come later, and what is for
// the interface's own address alone: neither groups nor broadcasts. Threading: the thread of the Loop, which is in the
// namespace that the sockets are of.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>

#include "nodes/base/fd.hpp"
#include "nodes/base/loop.hpp"
#include "nodes/protocol/endpoint.hpp"

struct msghdr;

namespace segue::signalling {

// What tells one protocol's bytes from another's.
struct Ports {
  std::uint16_t ethertype = 0;
  std::uint16_t udp = 0;  // both ends have the same
};

struct Arrival {
  std::span<const std::uint8_t> bytes;  // as long as the receiver's call; a frame with its padding; cut after 2,048
  Instant stamp;                        // the kernel's
  std::string interface;                // that it came in by
  protocol::Endpoint answer_to;         // its sender
};

class Sockets {
 public:
  using Receiver = std::function<void(const Arrival&)>;

  // Opens both in the current namespace; throws Error.
  Sockets(Loop& loop, const Ports& ports, Receiver receiver);
  ~Sockets();
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;

  // Throws Error when this node cannot send it (no route, no interface). What is sent may be lost, as on any network.
  void send(const protocol::Endpoint& to, std::span<const std::uint8_t> bytes);

 private:
  void receive(int fd);
  Arrival arrival(msghdr& message, std::span<const std::uint8_t> bytes);
  void send_to(const protocol::LinkEndpoint& to, std::span<const std::uint8_t> bytes);
  void send_to(const protocol::NetworkEndpoint& to, std::span<const std::uint8_t> bytes);
  int index_of(const std::string& interface);
  const std::string& name_of(int interface);

  Loop& loop_;
  Ports ports_;
  Receiver receiver_;
  Fd packet_;
  Fd datagram_;
  std::unordered_map<std::string, int> indices_;
  std::unordered_map<int, std::string> names_;
};

}  // namespace segue::signalling
