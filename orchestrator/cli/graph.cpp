#include "orchestrator/report/graph.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/labs.hpp"
#include "orchestrator/config/topology.hpp"

namespace segue::cli {

void add_graph(CLI::App& app, Action& action) {
  struct Options {
    std::string lab;
    bool dot = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("graph", "Draw a lab's topology, as SVG on standard output");
  verb->add_option("LAB", options->lab, "A lab's folder, or its name under topologies/")->required();
  verb->add_flag("--dot", options->dot, "Graphviz's language instead");
  verb->callback([&action, options] {
    action = [options] {
      const auto topology = config::load_topology(find_lab(options->lab));
      std::fputs((options->dot ? report::to_dot(topology) : report::to_svg(topology)).c_str(), stdout);
      return 0;
    };
  });
}

}  // namespace segue::cli
