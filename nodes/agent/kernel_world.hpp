// A node as its mechanisms see it: this process's namespace, its routing socket, its signalling sockets, its shell.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "nodes/agent/executor.hpp"
#include "nodes/agent/signaller.hpp"
#include "nodes/mechanism/world.hpp"
#include "nodes/netlink/socket.hpp"

namespace segue::agent {

class KernelWorld : public mechanism::World {
 public:
  KernelWorld(Loop& loop, Signaller::Receiver receiver) : signaller_(loop, std::move(receiver)), executor_(loop) {}

  void send(const protocol::PlanStep& step, Way way, const signalling::Signal& signal) override {
    signaller_.send(step, way, signal);
  }
  std::function<void()> prepare_routes(const std::vector<netlink::Route>& routes) override;
  std::function<void()> execute(const std::string& command, std::function<void(const std::string&)> ended) override;

  // What it took to start commands since the last call: a part of what they take, and no lateness of this process.
  Delay take_starting_time() { return std::exchange(starting_, Delay{0}); }

  const netlink::Statistics& netlink_statistics() const noexcept { return socket_.statistics(); }

 private:
  netlink::Socket socket_;
  Signaller signaller_;
  Executor executor_;
  Delay starting_{0};
};

}  // namespace segue::agent
