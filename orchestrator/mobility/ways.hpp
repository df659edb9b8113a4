// The ways that packets take by the static routes of a lab: each node's longest match, hop by hop.
//
// Static routes are set once, when the lab comes up. A link that is changed later changes what a way takes, and not
// which way it is: so routes are those of the beginning, and delays those of the topology as it is now.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "nodes/base/clock.hpp"
#include "orchestrator/config/routes.hpp"
#include "orchestrator/config/topology.hpp"

namespace segue::mobility {

class Ways {
 public:
  using Routes = std::vector<std::vector<config::StaticRoute>>;  // by node

  // The topology must outlive it.
  explicit Ways(const config::Topology& topology) : Ways(topology, config::shortest_paths(topology)) {}
  Ways(const config::Topology& topology, Routes routes)
      : topology_(topology), routes_(std::make_shared<const Routes>(std::move(routes))) {}
  // The same routes in a network whose links are the same but for their delays.
  Ways(const config::Topology& topology, const Ways& other) : topology_(topology), routes_(other.routes_) {}

  // The link on which `from` sends what is for this address; npos if nothing leads there.
  std::size_t next_link(std::size_t from, const Address& to) const;
  std::size_t next_link(std::size_t from, std::size_t to, Family family = Family::ipv6) const;  // for its own address

  // From a node to another, for an address of the latter's: the nodes on the way, both included; nothing if packets do
  // not get there.
  std::optional<std::vector<std::size_t>> way(std::size_t from, std::size_t to, const Address& address) const;
  // What the links on it take of a frame of so many bytes, in the direction of travel.
  std::optional<Delay> delay(std::size_t from, std::size_t to, const Address& address, std::size_t bytes) const;

 private:
  const config::Topology& topology_;
  std::shared_ptr<const Routes> routes_;
};

// What a link takes of a frame that meets no other: its delay, and the bits at its rate. Bytes with the Ethernet
// header, as both link engines count them.
Delay crossing(const config::Link& link, std::size_t from, std::size_t bytes);

// The other end of a link.
inline std::size_t across(const config::Link& link, std::size_t from) {
  return link.a.node == from ? link.b.node : link.a.node;
}

}  // namespace segue::mobility
