#include "orchestrator/mobility/binding.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nodes/base/error.hpp"

namespace segue::mobility {

std::size_t node_named(const config::Topology& topology, const Binding& binding, const std::string& name) {
  if (name == "mobile") return binding.mobile;
  if (name == "old") return binding.old_router;
  if (name == "new") return binding.new_router;
  const std::size_t node = config::find_node(topology, name);
  if (node != config::npos) return node;
  for (std::size_t i = 0; i < topology.nodes.size(); ++i) {
    if (to_text(topology.nodes[i].role) == name) return i;
  }
  throw InputError(fmt::format("\"{}\" is neither a role nor a node of {}", name, topology.name));
}

Hop hop_between(const config::Topology& topology, std::size_t from, std::size_t to) {
  const std::size_t index = config::link_between(topology, from, to);
  if (index == config::npos) {
    throw InputError(fmt::format("no link between {} and {}", topology.nodes[from].name, topology.nodes[to].name));
  }
  const config::Link& link = topology.links[index];
  return link.a.node == from ? Hop{&link, &link.a, &link.b} : Hop{&link, &link.b, &link.a};
}

std::size_t first_correspondent(const config::Topology& topology) {
  const auto found = std::find_if(topology.nodes.begin(), topology.nodes.end(),
                                  [](const config::Node& node) { return node.role == config::Role::correspondent; });
  return found == topology.nodes.end() ? config::npos : static_cast<std::size_t>(found - topology.nodes.begin());
}

}  // namespace segue::mobility
