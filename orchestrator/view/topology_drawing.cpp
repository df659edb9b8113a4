#include "orchestrator/view/topology_drawing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "orchestrator/view/table.hpp"
#include "orchestrator/view/topology_layout.hpp"

namespace segue::view {

namespace {

// By the directions in which a line leaves: up 1, down 2, left 4, right 8.
constexpr std::u32string_view light = U" │││─┘┐┤─└┌├─┴┬┼";
constexpr std::u32string_view heavy = U" ┃┃┃━┛┓┫━┗┏┣━┻┳╋";

std::optional<TopologyLayout> best_layout(const Picture& picture, const Size& room) {
  for (const TopologyForm form :
       {TopologyForm{true, 6}, TopologyForm{true, 3}, TopologyForm{false, 6}, TopologyForm{false, 3}}) {
    auto layout = lay_out(picture, form);
    if (layout && layout->columns <= room.columns && layout->rows <= room.rows) return layout;
  }
  return std::nullopt;
}

bool is_attached_to(const Picture& picture, const std::string& router) {
  return std::any_of(picture.attached.begin(), picture.attached.end(),
                     [&](const auto& one) { return one.second == router; });
}

Style style_of(const Picture& picture, const Node& node) {
  if (!node.up) return Style::bad;
  if (node.role == "mobile") return Style::accent;
  return is_attached_to(picture, node.name) ? Style::bold : Style::plain;
}

void draw_node(const Pane& pane, const Picture& picture, const TopologyLayout& layout, const PlacedNode& placed) {
  const Node& node = picture.nodes[placed.node];
  const Style style = style_of(picture, node);
  const std::string text = node.name + (node.up ? "" : "!");
  const int top = layout.top_of(placed.layer);
  if (!layout.form.boxed) {
    pane.put(placed.left, top, text, style);
    return;
  }
  const int right = placed.left + placed.width - 1;
  const Style border = style == Style::plain ? Style::dim : style;
  for (int column = placed.left + 1; column < right; ++column) {
    pane.put(column, top, U'─', border);
    pane.put(column, top + 2, U'─', border);
  }
  pane.put(placed.left, top, U'┌', border);
  pane.put(right, top, U'┐', border);
  pane.put(placed.left, top + 1, U'│', border);
  pane.put(right, top + 1, U'│', border);
  pane.put(placed.left, top + 2, U'└', border);
  pane.put(right, top + 2, U'┘', border);
  pane.put(placed.left + 2, top + 1, text, style);
}

bool holds(const std::vector<int>& columns, int column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

// How far the delays of a net can go to the right of it.
int room_beside(const TopologyLayout& layout, const Net& net, int end, int columns) {
  int room = columns;
  for (const Net& other : layout.nets) {
    const int begin = std::min(other.lower.front(), other.upper.front());
    if (other.lower_layer == net.lower_layer && begin > end) room = std::min(room, begin - 1);
  }
  return room - end - 2;
}

void draw_net(const Pane& pane, const TopologyLayout& layout, const Net& net) {
  const auto style = net.attached ? Style::accent : Style::dim;
  const auto pieces = net.attached ? heavy : light;
  const int row = layout.top_of(net.lower_layer) - 1;
  const int begin = std::min(net.lower.front(), net.upper.front());
  const int end = std::max(net.lower.back(), net.upper.back());
  for (int column = begin; column <= end; ++column) {
    const auto piece = (holds(net.upper, column) ? 1U : 0U) | (holds(net.lower, column) ? 2U : 0U) |
                       (column > begin ? 4U : 0U) | (column < end ? 8U : 0U);
    pane.put(column, row, pieces[piece], style);
  }
  if (layout.form.boxed) {
    for (const int column : net.upper) pane.put(column, row - 1, net.attached ? U'┰' : U'┬', style);
    for (const int column : net.lower) pane.put(column, row + 1, net.attached ? U'┸' : U'┴', style);
  }
  if (width_of(net.delays) <= room_beside(layout, net, end, pane.columns())) {
    pane.put(end + 2, row, net.delays, Style::dim);
  }
}

void draw_layout(const Pane& pane, const Picture& picture, const TopologyLayout& layout) {
  const Pane middle =
      pane.part((pane.columns() - layout.columns) / 2, (pane.rows() - layout.rows) / 2, layout.columns, layout.rows);
  for (const auto& node : layout.nodes) draw_node(middle, picture, layout, node);
  for (const auto& net : layout.nets) draw_net(middle, layout, net);
  for (const auto& sideway : layout.sideways) {
    const int row = layout.top_of(sideway.layer) + (layout.form.boxed ? 1 : 0);
    for (int column = sideway.left; column <= sideway.right; ++column) middle.put(column, row, U'─', Style::dim);
  }
}

std::string neighbours_of(const Picture& picture, const Node& node) {
  const auto at = picture.attached.find(node.name);
  if (at != picture.attached.end()) return "at " + at->second;
  std::string text;
  for (const Cable& cable : picture.cables) {
    if (cable.a != node.name && cable.b != node.name) continue;
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {}", cable.a == node.name ? cable.b : cable.a, cable.delay);
  }
  return text;
}

void draw_list(const Pane& pane, const Picture& picture) {
  const auto room = static_cast<std::size_t>(std::max(pane.rows(), 0));
  const bool all = picture.nodes.size() <= room;
  const std::size_t shown = all ? picture.nodes.size() : std::max<std::size_t>(room, 1) - 1;
  Table table{.columns = {{"node", 3, false}, {"role", 1, false}, {"joined to", 2, false, true}}, .rows = {}};
  // Mobiles and what they are attached to first: the rest may not fit.
  std::vector<const Node*> nodes;
  for (const Node& node : picture.nodes) nodes.push_back(&node);
  std::stable_sort(nodes.begin(), nodes.end(), [&](const Node* a, const Node* b) {
    const auto rank = [&](const Node& node) {
      return node.role == "mobile" ? 0 : !node.up ? 1 : is_attached_to(picture, node.name) ? 2 : 3;
    };
    return rank(*a) < rank(*b);
  });
  for (std::size_t i = 0; i < shown; ++i) {
    const Node& node = *nodes[i];
    table.rows.push_back({{node.name + (node.up ? "" : "!"), style_of(picture, node)},
                          {node.role, Style::dim},
                          {neighbours_of(picture, node), Style::plain}});
  }
  draw_rows(pane, table);
  if (!all) pane.put(0, pane.rows() - 1, fmt::format("and {} more nodes", nodes.size() - shown), Style::dim);
}

}  // namespace

Size topology_size(const Picture& picture, const Size& room) {
  const auto layout = best_layout(picture, room);
  return layout ? Size{layout->columns, layout->rows} : Size{};
}

void draw_topology(const Pane& pane, const Picture& picture) {
  if (const auto layout = best_layout(picture, {pane.columns(), pane.rows()})) {
    draw_layout(pane, picture, *layout);
  } else {
    draw_list(pane, picture);
  }
}

}  // namespace segue::view
