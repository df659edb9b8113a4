#include "orchestrator/view/topology_layout.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <numeric>
#include <set>

#include "orchestrator/view/grid.hpp"

namespace segue::view {

namespace {

// No drawing of more is worth a look.
constexpr std::size_t most_nodes = 40;

class Drawer {
 public:
  Drawer(const Picture& picture, const TopologyForm& form) : picture_(picture), neighbours_(picture.nodes.size()) {
    layout_.form = form;
  }

  std::optional<TopologyLayout> lay_out() {
    if (picture_.nodes.empty() || picture_.nodes.size() > most_nodes) return std::nullopt;
    read_cables();
    if (!find_layers()) return std::nullopt;
    order_layers();
    place();
    if (!connect()) return std::nullopt;
    measure();
    return std::move(layout_);
  }

 private:
  using Edge = std::pair<std::size_t, std::size_t>;  // of nodes, the smaller first

  const std::string& name(std::size_t node) const { return picture_.nodes[node].name; }
  bool is_mobile(std::size_t node) const { return picture_.nodes[node].role == "mobile"; }

  void read_cables() {
    std::map<std::string, std::size_t> index;
    for (std::size_t i = 0; i < picture_.nodes.size(); ++i) index[name(i)] = i;
    for (const Cable& cable : picture_.cables) {
      const auto a = index.find(cable.a);
      const auto b = index.find(cable.b);
      if (a == index.end() || b == index.end() || a == b) continue;
      delays_[std::minmax(a->second, b->second)].insert(cable.delay);
      neighbours_[a->second].insert(b->second);
      neighbours_[b->second].insert(a->second);
    }
  }

  bool find_layers() {
    layer_of_.assign(picture_.nodes.size(), -1);
    std::deque<std::size_t> reached;
    for (std::size_t i = 0; i < picture_.nodes.size(); ++i) {
      if (is_mobile(i)) reached.push_back(i);
    }
    if (reached.empty()) reached.push_back(0);
    for (const auto node : reached) layer_of_[node] = 0;
    for (; !reached.empty(); reached.pop_front()) {
      const int layer = layer_of_[reached.front()] + 1;
      for (const auto next : neighbours_[reached.front()]) {
        if (layer_of_[next] >= 0) continue;
        layer_of_[next] = layer;
        reached.push_back(next);
      }
    }
    layout_.layers = *std::max_element(layer_of_.begin(), layer_of_.end()) + 1;
    layers_.resize(static_cast<std::size_t>(layout_.layers));
    for (std::size_t i = 0; i < picture_.nodes.size(); ++i) {
      if (layer_of_[i] < 0) return false;
      layers_[static_cast<std::size_t>(layer_of_[i])].push_back(i);
    }
    return true;
  }

  // A mobile that is attached is shown at its router alone.
  bool is_shown(const Edge& edge) const {
    for (const auto& [mobile, router] : {edge, Edge{edge.second, edge.first}}) {
      const auto attached = picture_.attached.find(name(mobile));
      if (attached != picture_.attached.end() && attached->second != name(router)) return false;
    }
    return true;
  }

  bool is_attachment(const Edge& edge) const {
    for (const auto& [mobile, router] : {edge, Edge{edge.second, edge.first}}) {
      const auto attached = picture_.attached.find(name(mobile));
      if (attached != picture_.attached.end() && attached->second == name(router)) return true;
    }
    return false;
  }

  // The mean of a value over the shown neighbours of `node` in the layer beside it.
  template <typename Value>
  double mean_beside(std::size_t node, int layer, const std::vector<Value>& values, double otherwise) const {
    double sum = 0;
    int count = 0;
    for (const auto next : neighbours_[node]) {
      if (layer_of_[next] != layer || !is_shown(std::minmax(node, next))) continue;
      sum += static_cast<double>(values[next]);
      ++count;
    }
    return count == 0 ? otherwise : sum / count;
  }

  void order_layers() {
    std::vector<int> rank(picture_.nodes.size());
    const auto number = [&](const std::vector<std::size_t>& layer) {
      for (std::size_t i = 0; i < layer.size(); ++i) rank[layer[i]] = static_cast<int>(i);
    };
    for (const auto& layer : layers_) number(layer);
    const auto order = [&](int layer, int beside) {
      auto& nodes = layers_[static_cast<std::size_t>(layer)];
      std::stable_sort(nodes.begin(), nodes.end(), [&](auto a, auto b) {
        return mean_beside(a, beside, rank, rank[a]) < mean_beside(b, beside, rank, rank[b]);
      });
      number(nodes);
    };
    for (int sweep = 0; sweep < 2; ++sweep) {
      for (int layer = layout_.layers - 2; layer >= 1; --layer) order(layer, layer + 1);
      for (int layer = 2; layer < layout_.layers; ++layer) order(layer, layer - 1);
    }
    if (layout_.layers > 1) order(0, 1);
  }

  int width_of_node(std::size_t node) const {
    return width_of(name(node)) + (layout_.form.boxed ? 4 : 0) + (picture_.nodes[node].up ? 0 : 1);
  }

  int width_of_layer(const std::vector<std::size_t>& layer) const {
    int width = -layout_.form.gap;
    for (const auto node : layer) width += width_of_node(node) + layout_.form.gap;
    return width;
  }

  // The widest layer as it comes, and those above and below it towards the middle of what they are joined to.
  void place() {
    middle_.assign(picture_.nodes.size(), 0);
    const auto widest = static_cast<int>(
        std::max_element(layers_.begin(), layers_.end(),
                         [&](const auto& a, const auto& b) { return width_of_layer(a) < width_of_layer(b); }) -
        layers_.begin());
    const int limit = width_of_layer(layers_[static_cast<std::size_t>(widest)]);
    place_layer(widest, widest, limit);
    for (int layer = widest + 1; layer < layout_.layers; ++layer) place_layer(layer, layer - 1, limit);
    for (int layer = widest - 1; layer >= 0; --layer) place_layer(layer, layer + 1, limit);
  }

  void place_layer(int layer, int beside, int limit) {
    const auto& nodes = layers_[static_cast<std::size_t>(layer)];
    std::vector<int> lefts;
    double shift = 0;
    int end = -layout_.form.gap;
    for (const auto node : nodes) {
      const int width = width_of_node(node);
      const double wanted = beside == layer ? 0 : mean_beside(node, beside, middle_, limit / 2) - width / 2;
      lefts.push_back(std::max(static_cast<int>(std::lround(wanted)), end + layout_.form.gap));
      shift += (wanted - lefts.back()) / static_cast<double>(nodes.size());
      end = lefts.back() + width;
    }
    // Neighbours that pushed each other aside stand evenly round where they ought to be.
    int move = beside == layer ? 0 : static_cast<int>(std::lround(shift));
    move = std::max(std::min(move, limit - end), -lefts.front());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const int width = width_of_node(nodes[i]);
      const int left = lefts[i] + move;
      middle_[nodes[i]] = left + width / 2;
      layout_.nodes.push_back({nodes[i], layer, left + width / 2, left, width});
    }
  }

  bool connect() {
    std::vector<std::vector<Edge>> between(layers_.size());
    for (const auto& [edge, delays] : delays_) {
      if (!is_shown(edge)) continue;
      const int lower = std::min(layer_of_[edge.first], layer_of_[edge.second]);
      if (layer_of_[edge.first] != layer_of_[edge.second]) {
        between[static_cast<std::size_t>(lower)].push_back(edge);
      } else if (!connect_sideways(edge)) {
        return false;
      }
    }
    for (std::size_t lower = 0; lower < between.size(); ++lower) {
      if (!connect_layers(static_cast<int>(lower), std::move(between[lower]))) return false;
    }
    return true;
  }

  bool connect_sideways(const Edge& edge) {
    const int layer = layer_of_[edge.first];
    const auto& nodes = layers_[static_cast<std::size_t>(layer)];
    const auto a = std::find(nodes.begin(), nodes.end(), edge.first) - nodes.begin();
    const auto b = std::find(nodes.begin(), nodes.end(), edge.second) - nodes.begin();
    if (std::abs(a - b) != 1) return false;
    const auto placed = [&](std::size_t node) {
      return std::find_if(layout_.nodes.begin(), layout_.nodes.end(),
                          [&](const auto& one) { return one.node == node; });
    };
    const auto left = placed(nodes[static_cast<std::size_t>(std::min(a, b))]);
    const auto right = placed(nodes[static_cast<std::size_t>(std::max(a, b))]);
    layout_.sideways.push_back({layer, left->left + left->width, right->left - 1});
    return true;
  }

  bool connect_layers(int lower, std::vector<Edge> edges) {
    std::vector<std::pair<int, int>> spans;
    while (!edges.empty()) {
      const auto group = take_group(edges);
      std::set<int> below;
      std::set<int> above;
      std::set<std::string> delays;
      bool attached = true;
      for (const auto& edge : group) {
        for (const auto node : {edge.first, edge.second}) {
          (layer_of_[node] == lower ? below : above).insert(middle_[node]);
        }
        delays.merge(std::set(delays_[edge]));
        attached = attached && is_attachment(edge);
      }
      if (group.size() != below.size() * above.size()) return false;
      Net net{.lower_layer = lower,
              .lower = {below.begin(), below.end()},
              .upper = {above.begin(), above.end()},
              .attached = attached};
      for (const auto& delay : delays) net.delays += (net.delays.empty() ? "" : ", ") + delay;
      spans.emplace_back(std::min(*below.begin(), *above.begin()), std::max(*below.rbegin(), *above.rbegin()));
      layout_.nets.push_back(std::move(net));
    }
    std::sort(spans.begin(), spans.end());
    for (std::size_t i = 1; i < spans.size(); ++i) {
      if (spans[i].first <= spans[i - 1].second + 1) return false;
    }
    return true;
  }

  // Moves the edges that hang together with the first one out of `edges`.
  static std::vector<Edge> take_group(std::vector<Edge>& edges) {
    std::vector<Edge> group{edges.back()};
    edges.pop_back();
    for (std::size_t i = 0; i < group.size(); ++i) {
      const Edge edge = group[i];
      const auto apart = std::partition(edges.begin(), edges.end(), [&](const Edge& other) {
        return other.first != edge.first && other.first != edge.second && other.second != edge.first &&
               other.second != edge.second;
      });
      group.insert(group.end(), apart, edges.end());
      edges.erase(apart, edges.end());
    }
    return group;
  }

  void measure() {
    for (const auto& node : layout_.nodes) layout_.columns = std::max(layout_.columns, node.left + node.width);
    for (const auto& net : layout_.nets) {
      const int end = std::max(net.lower.back(), net.upper.back());
      const bool last = std::none_of(layout_.nets.begin(), layout_.nets.end(), [&](const Net& other) {
        return other.lower_layer == net.lower_layer && other.lower.back() > end;
      });
      if (last) layout_.columns = std::max(layout_.columns, end + 2 + width_of(net.delays));
    }
    layout_.rows = layout_.top_of(0) + layout_.rows_of_node();
  }

  const Picture& picture_;
  TopologyLayout layout_;
  std::map<Edge, std::set<std::string>> delays_;
  std::vector<std::set<std::size_t>> neighbours_;
  std::vector<int> layer_of_;
  std::vector<std::vector<std::size_t>> layers_;  // nodes from left to right
  std::vector<int> middle_;
};

}  // namespace

std::optional<TopologyLayout> lay_out(const Picture& picture, const TopologyForm& form) {
  return Drawer(picture, form).lay_out();
}

}  // namespace segue::view
