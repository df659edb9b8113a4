// A node as its mechanisms see it: this process's namespace, its routing socket, its signalling sockets, its shell.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "nodes/agent/executor.hpp"
#include "nodes/mechanism/world.hpp"
#include "nodes/netlink/socket.hpp"
#include "nodes/signalling/sockets.hpp"

namespace segue::agent {

class KernelWorld : public mechanism::World {
 public:
  using Receiver = std::function<void(const signalling::Signal&, Instant stamp)>;

  KernelWorld(Loop& loop, Receiver receiver);

  void send(const protocol::Endpoint& to, const signalling::Signal& signal) override;
  std::unique_ptr<mechanism::Prepared> prepare(const protocol::Action& action) override;

  // In no handover; returns once the kernel has acknowledged them. Throws Error.
  void set_routes(const std::vector<netlink::Route>& routes);

  // What it took to start commands since the last call: a part of what they take, and no lateness of this process.
  Delay take_starting_time() { return std::exchange(starting_, Delay{0}); }

  const netlink::Statistics& netlink_statistics() const noexcept { return socket_.statistics(); }

 private:
  struct Routes;
  struct Command;
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::SetRoutes& action);
  std::unique_ptr<mechanism::Prepared> prepared(const protocol::Execute& action);

  netlink::Socket socket_;
  Receiver receiver_;
  signalling::Sockets sockets_;
  Executor executor_;
  Delay starting_{0};
};

}  // namespace segue::agent
