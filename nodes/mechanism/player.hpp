// Every handover a node takes part in: the one place that knows which plan a signal belongs to.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "nodes/mechanism/play.hpp"

namespace segue::mechanism {

class Player {
 public:
  Player(Loop& loop, World& world, std::uint32_t node, Play::Outlet outlet);

  void prepare(protocol::Plan plan);               // throws Error when a request to the kernel cannot be built
  void begin(std::uint64_t handover, Instant at);  // throws Error when no such plan is prepared
  void abandon(std::uint64_t handover);
  void receive(const signalling::Signal& signal, Instant stamp);

 private:
  Loop& loop_;
  World& world_;
  std::uint32_t node_;
  Play::Outlet outlet_;
  // Ended plays stay for a while: they answer repetitions, and tell a late message from an unexpected one.
  std::map<std::uint64_t, std::unique_ptr<Play>> plays_;
};

}  // namespace segue::mechanism
