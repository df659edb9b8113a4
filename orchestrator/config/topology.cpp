#include "orchestrator/config/topology.hpp"

#include <algorithm>
#include <array>

namespace segue::config {

namespace {

constexpr std::array<std::pair<Role, std::string_view>, 6> roles{{{Role::mobile, "mobile"},
                                                                  {Role::access_router, "access-router"},
                                                                  {Role::anchor, "anchor"},
                                                                  {Role::correspondent, "correspondent"},
                                                                  {Role::home, "home"},
                                                                  {Role::router, "router"}}};

template <typename Named>
std::size_t index_named(const std::vector<Named>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? npos : static_cast<std::size_t>(found - all.begin());
}

}  // namespace

std::string_view to_text(Role role) {
  for (const auto& [known, name] : roles) {
    if (known == role) return name;
  }
  return "";
}

std::optional<Role> role_named(std::string_view text) {
  for (const auto& [role, name] : roles) {
    if (name == text) return role;
  }
  return std::nullopt;
}

std::size_t first_correspondent(const Topology& topology) {
  const auto found = std::find_if(topology.nodes.begin(), topology.nodes.end(),
                                  [](const Node& node) { return node.role == Role::correspondent; });
  return found == topology.nodes.end() ? npos : static_cast<std::size_t>(found - topology.nodes.begin());
}

std::vector<Address> addresses_of(const Node& node) {
  std::vector<Address> addresses{node.address};
  if (node.ipv4) addresses.push_back(*node.ipv4);
  return addresses;
}

std::optional<Address> address_of(const Node& node, Family family) {
  return family == Family::ipv6 ? node.address : node.ipv4;
}

std::vector<std::vector<std::size_t>> links_by_node(const Topology& topology) {
  std::vector<std::vector<std::size_t>> links(topology.nodes.size());
  for (std::size_t i = 0; i < topology.links.size(); ++i) {
    links[topology.links[i].a.node].push_back(i);
    links[topology.links[i].b.node].push_back(i);
  }
  return links;
}

std::size_t find_node(const Topology& topology, std::string_view name) { return index_named(topology.nodes, name); }
std::size_t find_link(const Topology& topology, std::string_view name) { return index_named(topology.links, name); }

const link::Impairments& leaving(const Link& link, std::size_t from) {
  return link.a.node == from ? link.a_to_b : link.b_to_a;
}

std::size_t link_between(const Topology& topology, std::size_t from, std::size_t to) {
  std::size_t best = npos;
  for (std::size_t i = 0; i < topology.links.size(); ++i) {
    const Link& link = topology.links[i];
    const bool joins = (link.a.node == from && link.b.node == to) || (link.b.node == from && link.a.node == to);
    if (!joins) continue;
    if (best == npos || leaving(link, from).delay < leaving(topology.links[best], from).delay) best = i;
  }
  return best;
}

std::vector<std::size_t> access_routers(const Topology& topology, std::size_t mobile) {
  std::vector<std::size_t> routers;
  for (const Link& link : topology.links) {
    if (link.a.node != mobile && link.b.node != mobile) continue;
    const auto other = link.a.node == mobile ? link.b.node : link.a.node;
    if (topology.nodes[other].role != Role::access_router) continue;
    if (std::find(routers.begin(), routers.end(), other) == routers.end()) routers.push_back(other);
  }
  return routers;
}

}  // namespace segue::config
