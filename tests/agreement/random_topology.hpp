// The network of a random lab.
#pragma once

#include <string>
#include <vector>

#include "tests/agreement/dice.hpp"

namespace segue::test {

// Its nodes by what they are, beside the mobile "mn".
struct RandomNodes {
  std::vector<std::string> access;
  std::vector<std::string> routers;
  std::vector<std::string> correspondents;
  std::vector<std::string> anchors;  // and home agents
};

struct RandomTopology {
  std::string text;  // topology.toml
  RandomNodes nodes;
};

RandomTopology draw_topology(Dice& dice);

}  // namespace segue::test
