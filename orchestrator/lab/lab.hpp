// A lab that is up: its network, its link engine, its agents. When it goes, everything in it goes.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "nodes/base/loop.hpp"
#include "nodes/link/engine.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/routes.hpp"
#include "orchestrator/config/topology.hpp"
#include "orchestrator/lab/crew.hpp"
#include "orchestrator/lab/link_choice.hpp"
#include "orchestrator/lab/network.hpp"
#include "orchestrator/lab/plans.hpp"

namespace segue::lab {

// Throws MachineError, with what to do, if this machine cannot build such a lab with these links: no privilege, no
// TAPs, too few open files. Leaves this process as it is: a child of it tries.
void require_lab(LinkChoice links, const config::Topology& topology);

struct LabOptions {
  LinkChoice links = LinkChoice::automatic;
  std::uint64_t seed = 1;
};

class Lab {
 public:
  Lab(config::Topology topology, const LabOptions& options);
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;
  ~Lab();  // waits until its processes have ended and its interfaces are gone

  Loop& loop() noexcept { return loop_; }
  const config::Topology& topology() const noexcept { return topology_; }
  Geography geography() const noexcept { return {topology_, *paths_}; }
  link::Engine& engine() noexcept { return *engine_; }
  Network& network() noexcept { return *network_; }
  Crew& crew() noexcept { return *crew_; }

  // Puts the mobile behind `binding.new_router` as `mechanism` leaves it after a handover, whatever was before.
  void attach(const config::Mechanism& mechanism, const Binding& binding);

  // All of it or nothing, in the engine as in the topology. Throws Error if the engine refuses it.
  using DirectedImpairments = std::pair<link::Direction, link::Impairments>;
  void change_link(std::size_t link, std::span<const DirectedImpairments> wanted);

 private:
  config::Topology topology_;
  std::uint64_t seed_;
  Loop loop_;
  std::optional<config::Paths> paths_;  // anew when a link changes
  std::unique_ptr<ServingChild> wire_;
  std::unique_ptr<link::Engine> engine_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<Crew> crew_;
};

}  // namespace segue::lab
