#include "orchestrator/mobility/binding.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/base/error.hpp"

namespace segue::mobility {

std::size_t node_named(const config::Topology& topology, const Binding& binding, const std::string& name) {
  const config::Actors actors(topology);
  return actors.node_of(actors.named(name), binding);
}

Hop hop_between(const config::Topology& topology, std::size_t from, std::size_t to) {
  const std::size_t index = config::link_between(topology, from, to);
  if (index == config::npos) {
    throw InputError(fmt::format("no link between {} and {}", topology.nodes[from].name, topology.nodes[to].name));
  }
  const config::Link& link = topology.links[index];
  return link.a.node == from ? Hop{&link, &link.a, &link.b} : Hop{&link, &link.b, &link.a};
}

}  // namespace segue::mobility
