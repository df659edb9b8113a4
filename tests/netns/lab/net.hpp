// The network of a lab on the real kernel, and programs in its nodes.
#pragma once

#include <memory>
#include <string>

#include "orchestrator/lab/network.hpp"
#include "tests/netns/link/wire_process.hpp"
#include "tests/unit/config/scratch.hpp"

struct Net {
  explicit Net(const std::string& text)
      : topology(segue::config::load_topology(scratch.write("lab/topology.toml", text))),
        engine(segue::link::make_wire_engine(wire.take_control())) {
    for (const auto& node : topology.nodes) network.add(node);
    network.build(topology, *engine, 1);
    engine->settle();
  }
  std::size_t node(const std::string& name) const { return segue::config::find_node(topology, name); }
  template <typename Work>
  auto at(const std::string& name, Work work) {
    const segue::netlink::Enter inside(network.namespace_of(node(name)));
    return work();
  }

  Scratch scratch;
  segue::config::Topology topology;
  segue::link::WireProcess wire;
  std::unique_ptr<segue::link::Engine> engine;
  segue::lab::Network network;
};
