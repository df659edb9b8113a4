// Shortest paths by delay, and the static routes they give.
//
// The cost of a link is its delay in the direction of travel; ties go to fewer hops, then to the link that comes first
// in the file. Mobiles pass nothing on. Every node reaches node addresses, locators, links and IPv4 addresses; packets
// for a mobile's data addresses, of both families, and its locator are led to its `home`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/base/ip.hpp"
#include "orchestrator/config/topology.hpp"

namespace segue::config {

struct StaticRoute {
  Prefix destination;
  std::size_t link = npos;
  Address via;  // the other end of that link, for IPv4 by its IPv6 address if it has no other
  friend bool operator==(const StaticRoute&, const StaticRoute&) = default;
};

// Trees of shortest paths, each computed when first asked for. Not for use by two threads at once. The topology must
// outlive it.
class Paths {
 public:
  explicit Paths(const Topology& topology);
  Paths(Paths&&) noexcept;
  Paths& operator=(Paths&&) noexcept;
  ~Paths();

  bool reachable(std::size_t from, std::size_t to) const;
  // The sum of the link delays on the way; Delay::max() if there is none.
  Delay delay(std::size_t from, std::size_t to) const;
  unsigned hops(std::size_t from, std::size_t to) const;
  // The nodes on the way that packets take, both ends included; empty if there is none.
  std::vector<std::size_t> path(std::size_t from, std::size_t to) const;
  // The link on which `from` sends what is for `to`; npos if there is none, or if both are the same.
  std::size_t first_link(std::size_t from, std::size_t to) const;

  // Lets go of the tree of `from`, for whoever asks for each node's once: together they grow with the square of a lab.
  void forget(std::size_t from);

 private:
  struct Graph;
  struct Tree;
  const Tree& tree(std::size_t from) const;

  std::unique_ptr<Graph> graph_;
  mutable std::vector<std::unique_ptr<Tree>> trees_;
};

// What each node has to be given, by node: the shortest paths (unless topology.static_routes is false) and then the
// extra routes of the file. Neighbouring destinations with one next hop are put together, and such a prefix may cover
// addresses nobody has, so a chain of 200 nodes needs under twenty routes a node. Mobiles get none: what they send goes
// where the mechanism says.
std::vector<std::vector<StaticRoute>> shortest_paths(const Topology& topology);

}  // namespace segue::config
