// A lab that is up: its network, its link engine, its agents. When it goes, everything in it goes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nodes/base/loop.hpp"
#include "nodes/link/engine.hpp"
#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/topology.hpp"
#include "orchestrator/lab/crew.hpp"
#include "orchestrator/lab/link_choice.hpp"
#include "orchestrator/lab/network.hpp"
#include "orchestrator/mobility/plans.hpp"

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
  mobility::Geography geography() const noexcept { return {topology_, *ways_}; }
  link::Engine& engine() noexcept { return *engine_; }
  Network& network() noexcept { return *network_; }
  Crew& crew() noexcept { return *crew_; }

  std::uint64_t seed() const noexcept { return seed_; }

  // Puts the mobile behind `binding.new_router` as `mechanism` leaves it after a handover, whatever was before.
  void attach(const config::Mechanism& mechanism, const mobility::Binding& binding);

  // What nobody in the lab can mend: that segue-wire has ended, and its links with it. Empty: nothing.
  const std::string& trouble() const noexcept { return trouble_; }
  // Called when there is; without a handler that is an Error out of the loop.
  void on_trouble(std::function<void()> handler) { trouble_handler_ = std::move(handler); }

  // All of it or nothing, in the engine as in the topology. Throws Error if the engine refuses it.
  using DirectedImpairments = std::pair<link::Direction, link::Impairments>;
  void change_link(std::size_t link, std::span<const DirectedImpairments> wanted);

 private:
  void wire_has_ended();

  config::Topology topology_;
  std::uint64_t seed_;
  Loop loop_;
  std::optional<mobility::Ways> ways_;  // by the static routes there are, whatever links become
  std::unique_ptr<ServingChild> wire_;
  Fd wire_end_;
  std::string trouble_;
  std::function<void()> trouble_handler_;
  std::unique_ptr<link::Engine> engine_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<Crew> crew_;
};

}  // namespace segue::lab
