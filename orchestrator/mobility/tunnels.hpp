// Whether the links have room for the tunnels of mechanisms.
//
// A tunnel's head adds headers to a packet that fits the mobile's access link. Where a link of the way takes no packet
// as long as that, the kernel tells nobody but the head itself (its "packet too big" goes to the outer source address),
// so whoever sends such packets never learns, and loses them all.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/topology.hpp"

namespace segue::mobility {

struct NarrowLink {
  std::size_t link = config::npos;    // that a tunnel may cross
  std::size_t access = config::npos;  // the access link whose packets it carries
  unsigned needed = 0;                // MTU: of that access link, and what the tunnel adds
  unsigned overhead = 0;              // that is
  std::string mechanism;
  std::size_t head = config::npos;
  std::size_t tail = config::npos;
};

// Of each link that has too little room the tunnel that needs most, in the order of the links. The mechanisms are those
// of the topology.
std::vector<NarrowLink> narrow_links(const config::Topology& topology,
                                     const std::vector<config::Mechanism>& mechanisms);

// `topology.toml:37: link "map-ar1": mtu 1500, and the tunnel of "fast" from map to ar1 needs 1564 …`.
std::string to_text(const config::Topology& topology, const NarrowLink& narrow);

// All that is worth saying of a lab before its mechanisms move its mobile, and stops nothing.
std::vector<std::string> warnings_of(const config::Topology& topology,
                                     const std::vector<config::Mechanism>& mechanisms);

}  // namespace segue::mobility
