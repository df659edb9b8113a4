// The sockets a node signals on: AF_PACKET for layer 2, UDP over IPv6 for layer 3.
//
// Both ask the kernel to stamp what arrives, so that a message's processing is counted from its arrival and not from
// the moment this process woke up. The layer 2 socket hears every interface, also those that come later.
#pragma once

#include <functional>
#include <unordered_map>

#include "nodes/base/fd.hpp"
#include "nodes/base/loop.hpp"
#include "nodes/mechanism/world.hpp"
#include "nodes/protocol/plan.hpp"
#include "nodes/signalling/signal.hpp"

namespace segue::agent {

class Signaller {
 public:
  using Receiver = std::function<void(const signalling::Signal&, Instant stamp)>;

  // Opens both sockets in the current namespace; throws Error.
  Signaller(Loop& loop, Receiver receiver);
  ~Signaller();
  Signaller(const Signaller&) = delete;
  Signaller& operator=(const Signaller&) = delete;

  void send(const protocol::PlanStep& step, mechanism::World::Way way, const signalling::Signal& signal);

 private:
  void receive(int fd);
  void send_frame(const std::string& interface, const protocol::Mac& to, const signalling::Signal& signal);
  void send_datagram(const Address& from, const Address& to, const signalling::Signal& signal);
  int index_of(const std::string& interface);

  Loop& loop_;
  Receiver receiver_;
  Fd packet_;
  Fd datagram_;
  std::unordered_map<std::string, int> indices_;
};

}  // namespace segue::agent
