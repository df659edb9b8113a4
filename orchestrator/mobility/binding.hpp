// The nodes of one handover, and what a mechanism's names mean in it.
#pragma once

#include <cstddef>
#include <string>

#include "orchestrator/config/actors.hpp"

namespace segue::mobility {

using config::Binding;

// What a name of a mechanism (actors.hpp) means in it. Throws InputError.
std::size_t node_named(const config::Topology& topology, const Binding& binding, const std::string& name);

// A link between two nodes (the one of least delay), from the first one's side. Throws InputError if there is none.
struct Hop {
  const config::Link* link;
  const config::LinkEnd* near;
  const config::LinkEnd* far;
};
Hop hop_between(const config::Topology& topology, std::size_t from, std::size_t to);

using config::first_correspondent;

}  // namespace segue::mobility
