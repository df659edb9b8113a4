// The network of a lab: namespaces without names, links by an engine, addresses, routes. No agents, no mobility.
//
// Everything is held by descriptors of this object: when it goes, or its process dies, the kernel takes it all down.
// Addresses are usable at once (no duplicate address detection), and both ends of every link know each other's MAC, so
// that no neighbour discovery delays the first packet.
#pragma once

#include <memory>
#include <vector>

#include "nodes/link/engine.hpp"
#include "nodes/netlink/netns.hpp"
#include "nodes/netlink/socket.hpp"
#include "orchestrator/config/routes.hpp"
#include "orchestrator/config/topology.hpp"

namespace segue::lab {

class Network {
 public:
  // Makes the namespace of the next node and returns its descriptor. Throws Error naming the attempt, as all here does.
  int add(const config::Node& node);
  // Builds the rest in them; the engine connects the links.
  void build(const config::Topology& topology, link::Engine& engine, std::uint64_t seed);

  int namespace_of(std::size_t node) const noexcept { return sites_[node].space.fd(); }
  netlink::Socket& socket_of(std::size_t node) noexcept { return *sites_[node].socket; }
  link::LinkId link(std::size_t index) const noexcept { return links_[index]; }
  // What build() gave each node.
  const std::vector<std::vector<config::StaticRoute>>& static_routes() const noexcept { return static_routes_; }

 private:
  struct Site {
    netlink::Namespace space;
    std::unique_ptr<netlink::Socket> socket;
  };

  void connect(const config::Topology& topology, link::Engine& engine, std::uint64_t seed);
  void configure(const config::Topology& topology);

  std::vector<Site> sites_;
  std::vector<link::LinkId> links_;
  std::vector<std::vector<config::StaticRoute>> static_routes_;
};

// The impairments of a link as they are asked of the engine: each direction with a seed of its own.
link::Impairments seeded(const link::Impairments& impairments, std::uint64_t seed, std::size_t link, bool forward);

}  // namespace segue::lab
