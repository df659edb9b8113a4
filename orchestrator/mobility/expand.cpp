#include "orchestrator/mobility/expand.hpp"

namespace segue::mobility {

namespace {

config::WayBetween ways_of(const Geography& geography) {
  return [&geography](std::size_t from, std::size_t to) {
    return geography.ways.way(from, to, geography.topology.nodes[to].address).value_or(std::vector<std::size_t>{});
  };
}

}  // namespace

config::Mechanism expanded(const Geography& geography, const config::Mechanism& mechanism, const Binding& binding) {
  return config::expanded(mechanism, geography.topology, binding, ways_of(geography));
}

std::vector<config::Placed> attached_in(const Geography& geography, const config::Mechanism& mechanism,
                                        const Binding& binding) {
  return config::attached_in(mechanism, geography.topology, binding, ways_of(geography));
}

Geography under(const Geography& geography, const config::Mechanism& mechanism) {
  Geography result = geography;
  if (!mechanism.home.empty()) result.home = config::home_under(mechanism, geography.topology, config::npos);
  return result;
}

}  // namespace segue::mobility
