// What a mechanism needs of the node it runs on: the seam to its network, its kernel and its processes. The agent
// implements it; tests record what is asked of it. A new kind of action is no new verb.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "nodes/protocol/action.hpp"
#include "nodes/protocol/endpoint.hpp"
#include "nodes/signalling/signal.hpp"

namespace segue::mechanism {

// An action whose requests are built: what is left to do when its moment has come is the least there can be.
class Prepared {
 public:
  using Done = std::function<void(const std::string& failure)>;

  virtual ~Prepared() = default;

  // Once. Calls `done` once, with "" or with what went wrong: from within if that is known at once, from the loop
  // otherwise, even after this object has gone.
  virtual void start(Done done) = 0;

  // Ends what was started and still goes on; what is over is not undone.
  virtual void end() {}
};

class World {
 public:
  virtual ~World() = default;

  // Throws Error when this node cannot send it (no route, no interface).
  virtual void send(const protocol::Endpoint& to, const signalling::Signal& signal) = 0;

  // What the mobile has received last, in this handover, as its link layer told this node, or a message of another: a
  // name of that packet; empty if nothing is known.
  virtual std::string delivered(std::uint64_t /*handover*/) const { return {}; }
  virtual void note_delivered(std::uint64_t /*handover*/, const std::string& /*packet*/) {}

  // Throws Error when it cannot be built. The world outlives what it prepares.
  virtual std::unique_ptr<Prepared> prepare(const protocol::Action& action) = 0;
};

}  // namespace segue::mechanism
