// Gives a topology its addresses, interface names and MACs; topology.hpp says by what rule.
#pragma once

#include <optional>
#include <vector>

#include "orchestrator/config/problems.hpp"
#include "orchestrator/config/topology.hpp"

namespace segue::config {

// What the file itself says, by node and by link.
struct GivenAddresses {
  Prefix ipv6_pool;
  std::optional<Prefix> ipv4_pool;
  unsigned ipv4_pool_line = 0;
  std::vector<std::optional<Address>> node;
  std::vector<std::optional<Address>> node_ipv4;
  std::vector<std::optional<Prefix>> subnet;
  std::vector<std::optional<Prefix>> subnet_ipv4;
};

Prefix default_ipv6_pool();

// An address a node can have: neither multicast nor loopback nor link-local nor unspecified.
bool usable(const Address& address);

// Nodes and links must be complete but for their addresses.
void assign_addresses(Topology& topology, const GivenAddresses& given, Problems& problems);
void name_interfaces(Topology& topology);

}  // namespace segue::config
