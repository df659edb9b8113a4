// Puts destinations with one next hop together: as few prefixes as lead every assigned address the right way.
//
// The method is ORTC (Draves, King, Venkatachary, Zill: "Constructing Optimal IP Routing Tables", INFOCOM 1999) with
// addresses nobody has left open. The trie of destinations is built once, for the next hops of any number of nodes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "nodes/base/ip.hpp"

namespace segue::config {

class Aggregator {
 public:
  using Hop = std::uint32_t;            // any number under `none`
  static constexpr Hop none = ~0U - 1;  // must not be led anywhere, so nothing may cover it
  static constexpr Hop open = ~0U;      // needs no route, and may be covered

  // All of one family, each once, with clear host bits.
  explicit Aggregator(std::vector<Prefix> destinations);

  // `hops` by destination, in the order of the constructor.
  std::vector<std::pair<Prefix, Hop>> aggregate(const std::vector<Hop>& hops) const;

 private:
  static constexpr std::size_t nothing = static_cast<std::size_t>(-1);
  struct Node {
    Prefix prefix;
    std::size_t destination = nothing;
    std::array<std::size_t, 2> children{nothing, nothing};
  };
  struct Pass;

  std::size_t add(const Prefix& prefix, std::size_t destination);
  void adopt(std::size_t parent, std::size_t child);

  std::vector<Node> nodes_;
  std::size_t root_ = nothing;
};

}  // namespace segue::config
