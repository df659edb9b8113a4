// The agent of one node: answers the orchestrator, plays the node's part of mechanisms, runs the node's probe ends.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "nodes/base/loop.hpp"
#include "nodes/protocol/channel.hpp"
#include "nodes/protocol/control.hpp"

namespace segue::agent {

class Agent {
 public:
  // Serves on `control` from the namespace this process is in. `number` is the node's in its lab.
  Agent(Fd control, std::uint32_t number);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  void set_spin(Delay spin) { loop_.set_spin(spin); }
  void run();  // until the orchestrator closes its end

 private:
  struct Parts;
  using Answer = std::optional<protocol::Report>;  // nothing: the answer comes later

  void serve();
  void tell(std::uint64_t number, const protocol::Report& report);
  Parts& parts();

  Answer handle(std::uint64_t number, const protocol::Ping& request);
  Answer handle(std::uint64_t number, const protocol::Prepare& request);
  Answer handle(std::uint64_t number, const protocol::Begin& request);
  Answer handle(std::uint64_t number, const protocol::Abandon& request);
  Answer handle(std::uint64_t number, const protocol::Apply& request);
  Answer handle(std::uint64_t number, const protocol::StartCall& request);
  Answer handle(std::uint64_t number, const protocol::CollectCall& request);
  Answer handle(std::uint64_t number, const protocol::StartIperf& request);
  Answer handle(std::uint64_t number, const protocol::CollectIperf& request);
  Answer handle(std::uint64_t number, const protocol::ReadStatistics& request);
  Answer handle(std::uint64_t, const protocol::ReadLate&);
  Answer handle(std::uint64_t, const protocol::WatchCalls&);
  Answer handle(std::uint64_t, const protocol::ReadSightings& request);

  Loop loop_;
  protocol::Channel channel_;
  std::uint32_t number_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace segue::agent
