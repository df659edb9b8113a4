// The names a mechanism uses, and the only place that knows what they mean: which nodes each may come to be, and which
// it is in one handover.
#pragma once

#include <compare>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/config/topology.hpp"

namespace segue::config {

// The nodes of one handover.
struct Binding {
  std::size_t mobile = npos;
  std::size_t old_router = npos;
  std::size_t new_router = npos;
};

// A name that means another node in each handover.
struct BoundName {
  std::string_view word;
  bool serves;  // it is an access router of the mobile's, with the link that a step's `via` takes
  std::vector<std::size_t> (*candidates)(const Topology& topology, std::size_t mobile);  // in its handovers
  std::size_t (*node)(const Topology& topology, const Binding& binding);
};

// A row each: a new one needs nothing else.
std::span<const BoundName> bound_names();
const BoundName* bound_name(std::string_view word);  // nullptr: none

// What a name means before a handover binds it.
struct Actor {
  const BoundName* bound = nullptr;
  std::size_t node = npos;  // of one that is not bound: the same in every handover
  friend auto operator<=>(const Actor&, const Actor&) = default;
};

class Actors {
 public:
  explicit Actors(const Topology& topology) : topology_(topology) {}

  // Throws InputError with what is wrong with the name.
  Actor named(std::string_view name) const;
  Actor mobile() const;
  bool is_mobile(const Actor& actor) const { return actor == mobile(); }
  // The nodes it may be in a handover of `mobile`.
  std::vector<std::size_t> candidates(const Actor& actor, std::size_t mobile) const;
  // The one it is.
  std::size_t node_of(const Actor& actor, const Binding& binding) const;
  std::vector<std::size_t> mobiles() const { return with_role(Role::mobile); }
  const std::string& name_of(std::size_t node) const { return topology_.nodes[node].name; }

 private:
  std::vector<std::size_t> with_role(Role role) const;

  const Topology& topology_;
};

}  // namespace segue::config
