#include "orchestrator/cli/explain.hpp"

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/labs.hpp"
#include "orchestrator/cli/mechanisms.hpp"
#include "orchestrator/cli/output.hpp"
#include "orchestrator/experiment/run.hpp"
#include "orchestrator/mobility/ends_attached.hpp"
#include "orchestrator/mobility/explanation.hpp"
#include "orchestrator/report/explanation.hpp"

namespace segue::cli {

std::vector<record::Explanation> explanations_of(const config::Topology& topology,
                                                 const std::vector<config::Mechanism>& mechanisms, Family family) {
  const mobility::Ways ways(topology);
  const std::size_t mobile = experiment::first_mobile(topology);
  const auto routers = experiment::two_routers(topology, mobile);
  std::vector<record::Explanation> all;
  all.reserve(mechanisms.size());
  for (const auto& mechanism : mechanisms) {
    all.push_back(mobility::explain({topology, ways}, mechanism, {mobile, routers[0], routers[1]},
                                    experiment::voip_flow_over(family)));
  }
  return all;
}

int explain(const std::string& lab, const std::vector<std::string>& mechanisms) {
  const auto topology = config::load_topology(find_lab(lab));
  const auto chosen = choose_mechanisms(topology, mechanisms);
  const mobility::Ways ways(topology);
  for (const auto& mechanism : chosen) {
    mobility::require_ends_attached({topology, ways}, mechanism, experiment::first_mobile(topology));
  }
  print(report::to_text(explanations_of(topology, chosen)));
  return 0;
}

}  // namespace segue::cli
