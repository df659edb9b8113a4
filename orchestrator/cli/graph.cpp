#include "orchestrator/report/graph.hpp"

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/labs.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/config/topology.hpp"

namespace segue::cli {

int draw_graph(const std::string& lab, bool dot) {
  const auto topology = config::load_topology(find_lab(lab));
  print(dot ? report::to_dot(topology) : report::to_svg(topology));
  return 0;
}

}  // namespace segue::cli
