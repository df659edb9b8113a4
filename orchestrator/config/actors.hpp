// The names a mechanism uses, before they are bound: which nodes each may come to mean.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/config/topology.hpp"

namespace segue::config {

struct Actor {
  enum class Kind : std::uint8_t { mobile, old_router, new_router, fixed };
  Kind kind = Kind::fixed;
  std::size_t node = npos;  // of a fixed one
  friend auto operator<=>(const Actor&, const Actor&) = default;
};

class Actors {
 public:
  explicit Actors(const Topology& topology) : topology_(topology) {}

  // Throws InputError with what is wrong with the name.
  Actor named(std::string_view name) const;
  // The nodes it may be in a handover of `mobile`.
  std::vector<std::size_t> candidates(const Actor& actor, std::size_t mobile) const;
  std::vector<std::size_t> mobiles() const { return with_role(Role::mobile); }
  const std::string& name_of(std::size_t node) const { return topology_.nodes[node].name; }

 private:
  std::vector<std::size_t> with_role(Role role) const;

  const Topology& topology_;
};

}  // namespace segue::config
