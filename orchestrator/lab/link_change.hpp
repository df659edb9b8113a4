// A change of a link that the engine carries out as a whole or not at all.
#pragma once

#include <span>

#include "nodes/link/engine.hpp"

namespace segue::lab {

struct LinkChange {
  link::Direction direction = link::Direction::a_to_b;
  link::Impairments before;
  link::Impairments after;
};

// Returns when all of them are in force. Where one is refused all are as they were before, as far as the engine still
// answers, and its Error is thrown.
void change_all(link::Engine& engine, link::LinkId link, std::span<const LinkChange> changes);

}  // namespace segue::lab
