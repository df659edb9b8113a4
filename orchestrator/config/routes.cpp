#include "orchestrator/config/routes.hpp"

#include <algorithm>
#include <set>

#include "orchestrator/config/aggregate.hpp"

namespace segue::config {

namespace {

// Where a destination is: at a node, or at either end of a link.
struct Destination {
  std::size_t node = npos;
  std::size_t link = npos;
};

// Where a route of that family leads over a link: the other end by its address of the family, or by its IPv6 address on a
// link that has no IPv4 (RFC 8950).
Address next_hop(const LinkEnd& far, Family family) {
  return family == Family::ipv4 && far.ipv4 ? *far.ipv4 : far.address;
}

class FamilyRoutes {
 public:
  FamilyRoutes(const Topology& topology, const Paths& paths, Family family)
      : topology_(topology), paths_(paths), aggregator_(collect(family)) {}

  // Appends the routes of `from`; `links` are those it has.
  void append(std::size_t from, const std::vector<std::size_t>& links, std::vector<StaticRoute>& routes) const {
    std::vector<Aggregator::Hop> hops;
    hops.reserve(destinations_.size());
    for (const Destination& destination : destinations_) {
      hops.push_back(destination.node != npos ? hop_to_node(from, destination.node, links)
                                              : hop_to_link(from, destination.link, links));
    }
    for (const auto& [prefix, hop] : aggregator_.aggregate(hops)) {
      const Link& link = topology_.links[links[hop]];
      const LinkEnd& far = link.a.node == from ? link.b : link.a;
      routes.push_back({prefix, links[hop], next_hop(far, prefix.address.family)});
    }
  }

 private:
  std::vector<Prefix> collect(Family family) {
    std::set<Prefix> seen;
    std::vector<Prefix> prefixes;
    const auto add = [&](const Prefix& prefix, Destination destination) {
      if (!seen.insert(prefix.network()).second) return;
      prefixes.push_back(prefix.network());
      destinations_.push_back(destination);
    };
    for (std::size_t i = 0; i < topology_.nodes.size(); ++i) {
      const Node& node = topology_.nodes[i];
      if (family == Family::ipv4) {
        if (node.ipv4) add(host_prefix(*node.ipv4), {.node = i});
        continue;
      }
      add(node.locator, {.node = i});
      if (!node.locator.contains(node.address)) add(host_prefix(node.address), {.node = i});
    }
    for (std::size_t i = 0; i < topology_.links.size(); ++i) {
      const Link& link = topology_.links[i];
      if (family == Family::ipv6) add(link.subnet, {.link = i});
      if (family == Family::ipv4 && link.subnet4) add(*link.subnet4, {.link = i});
    }
    return prefixes;
  }

  Aggregator::Hop hop_towards(std::size_t from, std::size_t to, const std::vector<std::size_t>& links) const {
    const auto first = paths_.first_link(from, to);
    if (first == npos) return Aggregator::none;
    return static_cast<Aggregator::Hop>(std::find(links.begin(), links.end(), first) - links.begin());
  }

  Aggregator::Hop hop_to_node(std::size_t from, std::size_t to, const std::vector<std::size_t>& links) const {
    if (to == from) return Aggregator::open;
    if (topology_.nodes[to].role != Role::mobile) return hop_towards(from, to, links);
    // At its home a mechanism leads on what is for the mobile; without one it must not go round in circles.
    const auto home = topology_.nodes[to].home;
    return home == npos || home == from ? Aggregator::none : hop_towards(from, home, links);
  }

  Aggregator::Hop hop_to_link(std::size_t from, std::size_t index, const std::vector<std::size_t>& links) const {
    const Link& link = topology_.links[index];
    if (link.a.node == from || link.b.node == from) return Aggregator::open;
    std::size_t nearest = npos;
    for (const auto end : {link.a.node, link.b.node}) {
      if (topology_.nodes[end].role == Role::mobile) continue;
      const auto rank = [&](std::size_t node) { return std::pair(paths_.delay(from, node), paths_.hops(from, node)); };
      if (nearest == npos || rank(end) < rank(nearest)) nearest = end;
    }
    return nearest == npos ? Aggregator::none : hop_towards(from, nearest, links);
  }

  const Topology& topology_;
  const Paths& paths_;
  std::vector<Destination> destinations_;  // before the aggregator, which is made while they are collected
  Aggregator aggregator_;
};

void add_extra_routes(const Topology& topology, std::vector<std::vector<StaticRoute>>& routes) {
  for (const ExtraRoute& extra : topology.extra_routes) {
    const Link& link = topology.links[extra.link];
    const LinkEnd& far = link.a.node == extra.node ? link.b : link.a;
    auto& own = routes[extra.node];
    std::erase_if(own, [&](const StaticRoute& route) { return route.destination == extra.destination; });
    own.push_back({extra.destination, extra.link, next_hop(far, extra.destination.address.family)});
  }
}

}  // namespace

std::vector<std::vector<StaticRoute>> shortest_paths(const Topology& topology) {
  std::vector<std::vector<StaticRoute>> routes(topology.nodes.size());
  if (topology.static_routes) {
    const auto links_of = links_by_node(topology);
    Paths paths(topology);
    const FamilyRoutes ipv6(topology, paths, Family::ipv6);
    const FamilyRoutes ipv4(topology, paths, Family::ipv4);
    for (std::size_t node = 0; node < topology.nodes.size(); ++node) {
      if (topology.nodes[node].role == Role::mobile) continue;
      ipv6.append(node, links_of[node], routes[node]);
      ipv4.append(node, links_of[node], routes[node]);
      paths.forget(node);
    }
  }
  add_extra_routes(topology, routes);
  return routes;
}

}  // namespace segue::config
