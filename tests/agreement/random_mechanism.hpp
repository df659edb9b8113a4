// The mechanism of a random lab.
#pragma once

#include <string>

#include "tests/agreement/dice.hpp"
#include "tests/agreement/random_topology.hpp"

namespace segue::test {

// mechanisms/random.toml
std::string draw_mechanism(Dice& dice, const RandomNodes& nodes);

}  // namespace segue::test
