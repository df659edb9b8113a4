#include "orchestrator/config/aggregate.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace segue::config {

namespace {

// Sets of next hops are bits of one word. The last bit is `none`; the hops that have no bit of their own (a node with
// more than 63 neighbours) are not put together.
using Set = std::uint64_t;
constexpr Set all = ~Set{0};
constexpr Set none_bit = Set{1} << 63;
constexpr unsigned bits_for_hops = 63;

bool bit(const Address& address, unsigned index) { return (address.bytes[index / 8] >> (7 - index % 8) & 1) != 0; }

Prefix common(const Prefix& a, const Prefix& b) {
  const unsigned most = std::min(a.length, b.length);
  unsigned length = 0;
  while (length < most && bit(a.address, length) == bit(b.address, length)) ++length;
  return Prefix{a.address, static_cast<std::uint8_t>(length)}.network();
}

bool covers(const Prefix& outer, const Prefix& inner) {
  return outer.length <= inner.length && outer.contains(inner.address);
}

bool contains(Set set, Aggregator::Hop hop) {
  if (hop == Aggregator::none) return (set & none_bit) != 0;
  return hop < bits_for_hops ? (set >> hop & 1) != 0 : set == all;
}

Set merge(Set a, Set b) {
  if ((a & b) != 0) return a & b;
  return ((a | b) & none_bit) != 0 ? none_bit : a | b;
}

}  // namespace

// One node's next hops on their way through the trie: up to find what each part could do with, down to decide.
struct Aggregator::Pass {
  const std::vector<Node>& nodes;
  const std::vector<Hop>& hops;
  std::vector<Set> sets = std::vector<Set>(nodes.size(), all);
  std::vector<std::pair<Prefix, Hop>> result{};

  Set up(std::size_t index) {
    const Node& node = nodes[index];
    Set below = all;
    for (const auto child : node.children) {
      if (child != nothing) below = merge(below, up(child));
    }
    if (node.destination == nothing) return sets[index] = below;
    const Hop hop = hops[node.destination];
    if (hop == none) return sets[index] = none_bit;
    // Those without a bit get a route of their own whatever is above them.
    return sets[index] = hop < bits_for_hops ? Set{1} << hop : all;
  }

  void down(std::size_t index, Hop inherited) {
    const Node& node = nodes[index];
    Hop hop = inherited;
    if (node.destination != nothing) {
      const Hop own = hops[node.destination];
      if (own != none && own != open) hop = own;
    } else if (!contains(sets[index], inherited) && sets[index] != none_bit) {
      hop = static_cast<Hop>(std::countr_zero(sets[index]));
    }
    if (hop != inherited) result.emplace_back(node.prefix, hop);
    for (const auto child : node.children) {
      if (child != nothing) down(child, hop);
    }
  }
};

Aggregator::Aggregator(std::vector<Prefix> destinations) {
  std::vector<std::size_t> order(destinations.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return destinations[a] < destinations[b]; });
  std::vector<std::size_t> branch;  // from the root to the last one added
  for (const auto index : order) {
    const Prefix& prefix = destinations[index];
    std::size_t left = nothing;
    while (!branch.empty() && !covers(nodes_[branch.back()].prefix, prefix)) {
      left = branch.back();
      branch.pop_back();
    }
    if (left != nothing) {
      const Prefix shared = common(nodes_[left].prefix, prefix);
      if (branch.empty() || nodes_[branch.back()].prefix != shared) {
        const auto fork = add(shared, nothing);
        adopt(fork, left);
        if (!branch.empty()) adopt(branch.back(), fork);
        branch.push_back(fork);
      }
    }
    const auto leaf = add(prefix, index);
    if (!branch.empty()) adopt(branch.back(), leaf);
    branch.push_back(leaf);
    root_ = branch.front();
  }
}

std::size_t Aggregator::add(const Prefix& prefix, std::size_t destination) {
  nodes_.push_back({prefix, destination});
  return nodes_.size() - 1;
}

void Aggregator::adopt(std::size_t parent, std::size_t child) {
  nodes_[parent].children[bit(nodes_[child].prefix.address, nodes_[parent].prefix.length) ? 1 : 0] = child;
}

std::vector<std::pair<Prefix, Aggregator::Hop>> Aggregator::aggregate(const std::vector<Hop>& hops) const {
  if (root_ == nothing) return {};
  Pass pass{nodes_, hops};
  pass.up(root_);
  pass.down(root_, none);
  return std::move(pass.result);
}

}  // namespace segue::config
