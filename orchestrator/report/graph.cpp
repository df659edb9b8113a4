#include "orchestrator/report/graph.hpp"

#include <fmt/format.h>

#include <boost/process.hpp>
#include <iterator>

#include "nodes/base/error.hpp"
#include "nodes/link/impairment_text.hpp"

namespace segue::report {

namespace {

namespace bp = boost::process;

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
  const auto dot = bp::search_path("dot");
  if (dot.empty()) throw MachineError("draw a topology: Graphviz is not installed: apt-get install graphviz");
  bp::opstream in;
  bp::ipstream out;
  bp::child child(dot, "-Tsvg", bp::std_in<in, bp::std_out> out);
  in << to_dot(topology) << std::flush;
  in.pipe().close();
  std::string svg{std::istreambuf_iterator<char>(out), std::istreambuf_iterator<char>()};
  child.wait();
  if (child.exit_code() != 0) throw Error(fmt::format("draw a topology: dot ended with {}", child.exit_code()));
  return svg;
}

}  // namespace segue::report
