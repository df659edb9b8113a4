// What a mechanism needs of the node it runs on: the seam to its kernel and its processes. The agent implements it;
// tests record what is asked of it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nodes/protocol/plan.hpp"
#include "nodes/signalling/signal.hpp"

namespace segue::mechanism {

class World {
 public:
  virtual ~World() = default;

  // Which way a signal of a step travels: its message goes forth, what answers it goes back.
  enum class Way { forth, back };

  // Throws Error when this node cannot send it (no route, no interface).
  virtual void send(const protocol::PlanStep& step, Way way, const signalling::Signal& signal) = 0;

  // Builds the kernel requests ahead of time; what is returned sets the routes and returns once the kernel has
  // acknowledged them. Both throw Error.
  virtual std::function<void()> prepare_routes(const std::vector<netlink::Route>& routes) = 0;

  // Runs `command` by /bin/sh and calls `ended` with "" or with what went wrong. `ended` is never called from within.
  // What is returned kills it, and what it has started, if it still runs.
  virtual std::function<void()> execute(const std::string& command, std::function<void(const std::string&)> ended) = 0;
};

}  // namespace segue::mechanism
