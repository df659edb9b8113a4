#include "orchestrator/report/graph.hpp"

#include <fmt/format.h>

#include "nodes/base/error.hpp"
#include "nodes/link/impairment_text.hpp"
#include "nodes/process/run.hpp"

namespace segue::report {

namespace {

const char* shape_of(config::Role role) {
  switch (role) {
    case config::Role::mobile:
      return "oval";
    case config::Role::correspondent:
    case config::Role::home:
      return "box";
    default:
      return "box, style=rounded";
  }
}

std::string label_of(const config::Link& link) {
  if (link.a_to_b == link.b_to_a) return link::to_text(link.a_to_b);
  return fmt::format("> {}\\n< {}", link::to_text(link.a_to_b), link::to_text(link.b_to_a));
}

}  // namespace

std::string to_dot(const config::Topology& topology) {
  std::string text = fmt::format(
      "graph \"{}\" {{\n  graph [rankdir=LR]\n  node [fontname=\"sans-serif\"]\n"
      "  edge [fontname=\"sans-serif\", fontsize=10]\n",
      topology.name);
  for (const auto& node : topology.nodes) {
    text += fmt::format("  \"{}\" [label=\"{}\\n{}\\n{}\", shape={}]\n", node.name, node.name, to_text(node.role),
                        to_text(node.address), shape_of(node.role));
  }
  for (const auto& link : topology.links) {
    text += fmt::format("  \"{}\" -- \"{}\" [label=\"{}\"]\n", topology.nodes[link.a.node].name,
                        topology.nodes[link.b.node].name, label_of(link));
  }
  return text + "}\n";
}

std::string to_svg(const config::Topology& topology) {
  const Fd text = process::holding(to_dot(topology));
  const auto [status, svg] =
      process::run({.path = process::require_program("dot", "graphviz"), .arguments = {"-Tsvg"}, .input = text.get()});
  if (!status.success()) throw Error(fmt::format("draw a topology: dot: {}", to_text(status)));
  return svg;
}

}  // namespace segue::report
