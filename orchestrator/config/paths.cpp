#include <algorithm>
#include <queue>
#include <tuple>

#include "orchestrator/config/routes.hpp"

namespace segue::config {

namespace {

constexpr Delay unreachable = Delay::max();

Delay plus(Delay a, Delay b) { return a > unreachable - b ? unreachable - Delay{1} : a + b; }

}  // namespace

struct Paths::Graph {
  struct Edge {
    std::size_t to;
    std::size_t link;
    Delay delay;
  };
  std::vector<std::vector<Edge>> edges;  // by node, in the order of the links
  std::vector<bool> mobile;
  std::vector<std::pair<std::size_t, std::size_t>> ends;  // by link
};

struct Paths::Tree {
  struct Way {
    Delay delay = unreachable;
    unsigned hops = 0;
    std::size_t first_link = npos;
    auto rank() const { return std::tie(delay, hops, first_link); }
  };
  std::vector<Way> ways;  // by destination
};

Paths::Paths(const Topology& topology) : graph_(std::make_unique<Graph>()), trees_(topology.nodes.size()) {
  graph_->edges.resize(topology.nodes.size());
  for (const Node& node : topology.nodes) graph_->mobile.push_back(node.role == Role::mobile);
  for (std::size_t i = 0; i < topology.links.size(); ++i) {
    const Link& link = topology.links[i];
    graph_->edges[link.a.node].push_back({link.b.node, i, link.a_to_b.delay});
    graph_->edges[link.b.node].push_back({link.a.node, i, link.b_to_a.delay});
    graph_->ends.emplace_back(link.a.node, link.b.node);
  }
}

Paths::Paths(Paths&&) noexcept = default;
Paths& Paths::operator=(Paths&&) noexcept = default;
Paths::~Paths() = default;

// Dijkstra. The rank grows with every hop, even over links without delay, so that the next hops of all nodes together
// never make a circle, and a node is final when it leaves the queue.
const Paths::Tree& Paths::tree(std::size_t from) const {
  if (trees_[from]) return *trees_[from];
  auto result = std::make_unique<Tree>();
  auto& ways = result->ways;
  ways.resize(trees_.size());
  using Entry = std::tuple<Delay, unsigned, std::size_t, std::size_t>;  // rank, node
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  ways[from] = {Delay{0}, 0, npos};
  queue.emplace(Delay{0}, 0, npos, from);
  while (!queue.empty()) {
    const auto [delay, hops, first, node] = queue.top();
    queue.pop();
    if (std::tie(delay, hops, first) != ways[node].rank() || (graph_->mobile[node] && node != from)) continue;
    for (const Graph::Edge& edge : graph_->edges[node]) {
      const Tree::Way way{plus(delay, edge.delay), hops + 1, node == from ? edge.link : first};
      if (way.rank() >= ways[edge.to].rank()) continue;
      ways[edge.to] = way;
      queue.emplace(way.delay, way.hops, way.first_link, edge.to);
    }
  }
  trees_[from] = std::move(result);
  return *trees_[from];
}

void Paths::forget(std::size_t from) { trees_[from].reset(); }

bool Paths::reachable(std::size_t from, std::size_t to) const { return delay(from, to) != unreachable; }
Delay Paths::delay(std::size_t from, std::size_t to) const { return tree(from).ways[to].delay; }
unsigned Paths::hops(std::size_t from, std::size_t to) const { return tree(from).ways[to].hops; }
std::size_t Paths::first_link(std::size_t from, std::size_t to) const { return tree(from).ways[to].first_link; }

std::vector<std::size_t> Paths::path(std::size_t from, std::size_t to) const {
  if (!reachable(from, to)) return {};
  std::vector<std::size_t> nodes{from};
  while (nodes.back() != to) {
    const auto [a, b] = graph_->ends[first_link(nodes.back(), to)];
    nodes.push_back(a == nodes.back() ? b : a);
  }
  return nodes;
}

}  // namespace segue::config
