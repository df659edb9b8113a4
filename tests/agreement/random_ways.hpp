// The mechanism of a random lab that acts along the ways through it.
#pragma once

#include <string>

#include "tests/agreement/dice.hpp"
#include "tests/agreement/random_topology.hpp"

namespace segue::test {

// mechanisms/random.toml. Packets are led to the mobile by entries at each router of the way, which hop-by-hop messages and
// time change; in the end they are those of the way to the new router.
std::string draw_ways(Dice& dice, const RandomNodes& nodes);

}  // namespace segue::test
