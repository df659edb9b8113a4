#include "orchestrator/mobility/ways.hpp"

namespace segue::mobility {

using config::npos;

std::size_t Ways::next_link(std::size_t from, const Address& to) const {
  std::size_t best = npos;
  int length = -1;
  const auto consider = [&](const Prefix& prefix, std::size_t link) {
    if (static_cast<int>(prefix.length) <= length || !prefix.contains(to)) return;
    length = prefix.length;
    best = link;
  };
  for (const auto& route : (*routes_)[from]) {
    if (route.destination.address.family == to.family) consider(route.destination, route.link);
  }
  for (std::size_t i = 0; i < topology_.links.size(); ++i) {
    const config::Link& link = topology_.links[i];
    if (link.a.node != from && link.b.node != from) continue;
    if (to.family == Family::ipv6) consider(link.subnet, i);
    if (to.family == Family::ipv4 && link.subnet4) consider(*link.subnet4, i);
  }
  return best;
}

std::size_t Ways::next_link(std::size_t from, std::size_t to, Family family) const {
  const auto address = config::address_of(topology_.nodes[to], family);
  return address ? next_link(from, *address) : npos;
}

std::optional<std::vector<std::size_t>> Ways::way(std::size_t from, std::size_t to, const Address& address) const {
  std::vector<std::size_t> nodes{from};
  while (nodes.back() != to) {
    const std::size_t link = next_link(nodes.back(), address);
    if (link == npos || nodes.size() > topology_.nodes.size()) return std::nullopt;
    nodes.push_back(across(topology_.links[link], nodes.back()));
  }
  return nodes;
}

std::optional<Delay> Ways::delay(std::size_t from, std::size_t to, const Address& address, std::size_t bytes) const {
  Delay sum{0};
  std::size_t hops = 0;
  for (std::size_t node = from; node != to;) {
    const std::size_t index = next_link(node, address);
    if (index == npos || ++hops > topology_.nodes.size()) return std::nullopt;
    const config::Link& link = topology_.links[index];
    sum += crossing(link, node, bytes);
    node = across(link, node);
  }
  return sum;
}

Delay crossing(const config::Link& link, std::size_t from, std::size_t bytes) {
  const link::Impairments& terms = config::leaving(link, from);
  if (terms.rate.bits_per_second == 0) return terms.delay;
  constexpr std::uint64_t bit_ns = 8'000'000'000;
  return terms.delay + Delay(static_cast<std::int64_t>(bytes * bit_ns / terms.rate.bits_per_second));
}

}  // namespace segue::mobility
