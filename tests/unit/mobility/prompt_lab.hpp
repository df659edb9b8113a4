// The paper's network and mechanisms, loaded once for a test, and a handover from ar1 to ar2 in it.
#pragma once

#include <filesystem>
#include <string>

#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/topology.hpp"
#include "orchestrator/mobility/kernel_routes.hpp"

struct PromptLab {
  static std::filesystem::path folder() { return std::filesystem::path(SEGUE_SOURCE_DIR) / "topologies/prompt"; }

  explicit PromptLab(const segue::config::Overrides& overrides = {})
      : topology(segue::config::load_topology(folder(), overrides)) {}

  segue::config::Topology topology;
  segue::mobility::Ways ways{topology};
  segue::mobility::Binding binding{node("mn"), node("ar1"), node("ar2")};

  std::size_t node(const char* name) const { return segue::config::find_node(topology, name); }
  segue::Address address(const char* name) const { return topology.nodes[node(name)].address; }
  segue::Address ipv4(const char* name) const { return topology.nodes[node(name)].ipv4.value(); }
  segue::mobility::Geography geography() const { return {topology, ways}; }
  segue::config::Mechanism mechanism(const std::string& name) const {
    return segue::config::load_mechanism(folder() / "mechanisms" / (name + ".toml"), topology);
  }
};
