// A node as its mechanisms see it: this process's namespace, its routing socket, its signalling sockets, its shell.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nodes/agent/executor.hpp"
#include "nodes/mechanism/world.hpp"
#include "nodes/netlink/socket.hpp"
#include "nodes/relay/ear.hpp"
#include "nodes/relay/relay.hpp"
#include "nodes/signalling/sockets.hpp"

namespace segue::agent {

class KernelWorld : public mechanism::World {
 public:
  using Receiver = std::function<void(const signalling::Signal&, Instant stamp)>;

  // `buffered` hears of every buffer that is released, discarded or replayed, and `relayed` of every packet that goes
  // through one in real time.
  KernelWorld(Loop& loop, Receiver receiver, relay::Relay::Outlet buffered, relay::Relay::Lateness relayed);

  void send(const protocol::Endpoint& to, const signalling::Signal& signal) override;
  std::string delivered(std::uint64_t handover) const override;
  void note_delivered(std::uint64_t handover, const std::string& packet) override;
  std::unique_ptr<mechanism::Prepared> prepare(const protocol::Action& action) override;

  // In no handover; nothing waits or is kept any more but for windows that open here. Returns once the kernel has
  // acknowledged all of it. Throws Error, for an action too that makes sense in handovers alone.
  void apply(const std::vector<protocol::Action>& actions);

  // Hears what buffers do with each packet; what a call's are is its matter.
  void on_buffered_packet(relay::Relay::Witness witness) { witness_ = std::move(witness); }

  // What it took to start commands since the last call: a part of what they take, and no lateness of this process.
  Delay take_starting_time() { return std::exchange(starting_, Delay{0}); }

  const netlink::Statistics& netlink_statistics() const noexcept { return socket_.statistics(); }

 private:
  struct Requests;
  struct Holding;
  struct Releasing;
  struct Discarding;
  struct Opening;
  struct Replaying;
  struct Forgetting;
  struct Listening;
  struct Telling;
  struct Bicasting;
  struct EndingBicast;
  struct Command;
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::SetRoutes& action);
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::SetNeighbours& action);
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::SetOperational& action);
  std::vector<netlink::Request> as_they_were(const std::vector<protocol::Action>& actions);
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::Hold& action);
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::Release& action);
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::Discard& action);
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::Window& action);
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::Replay& action);
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::Forget& action);
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::Listen& action);
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::TellDelivered& action);
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::Bicast& action);
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::EndBicast& action);
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::Execute& action);
  relay::Relay& relay_for(const protocol::Buffer& buffer);
  relay::Ear& ear_for(const std::vector<Address>& addresses);
  void receive(const signalling::Arrival& arrival);

  Loop& loop_;
  netlink::Socket socket_;
  Receiver receiver_;
  signalling::Sockets sockets_;
  Executor executor_;
  relay::Relay::Outlet buffered_;
  relay::Relay::Lateness relayed_;
  relay::Relay::Witness witness_;
  std::map<std::string, std::unique_ptr<relay::Relay>> relays_;       // by device
  std::set<std::string> interfaces_;                                  // that some action has made dormant, or may
  std::map<std::vector<Address>, std::unique_ptr<relay::Ear>> ears_;  // by the addresses they hear for
  std::map<std::uint64_t, std::string> delivered_;                    // by handover
  Delay starting_{0};
};

}  // namespace segue::agent
