// A mechanism as one handover has it: what its file says of ways through the network, said of the nodes on them.
//
//   in the file            in a handover
//   crossover              the last node on the way from the gateway to the new router that its way to the old one has
//                          too. The gateway is where packets for the mobile are led: its home under this mechanism or,
//                          without one, the first correspondent
//   a hop-by-hop message   a message to each node on its way from the one before, when that one is done with its own:
//                          "update (r3)" comes to r3. Where it would go from a node to itself, nothing is sent
//   along, of a step       a local step at each router of that way: "timeout (r3)"
//   along, of attached     what is placed there at each router of that way
//   previous, next         the neighbours on it; `via` of one that is the mobile is `through`
//
// Ways are those of packets, by the static routes. A step that comes after a hop-by-hop one does so at the node where it
// begins: when that one's own part is done or, if it is the sender, when the first router has confirmed. What comes out
// has ordinary steps and names alone, and is itself expanded again without a change.
//
// What `attached` says is of the access router that the mobile is at, and is expanded by itself.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/base/error.hpp"
#include "orchestrator/config/actors.hpp"
#include "orchestrator/config/mechanism.hpp"

namespace segue::config {

inline constexpr std::string_view crossover_word = "crossover";
inline constexpr std::string_view previous_word = "previous";
inline constexpr std::string_view next_word = "next";
bool is_way_word(std::string_view name);  // one of these

// The nodes on the way that packets take from one to the other, both included; empty: they do not get there.
using WayBetween = std::function<std::vector<std::size_t>(std::size_t from, std::size_t to)>;

// What cannot be expanded: the line of its file, what it is of, and why.
class ExpansionError : public InputError {
 public:
  ExpansionError(unsigned line, const std::string& object, const std::string& why)
      : InputError(object + ": " + why), line_(line), object_(object), why_(why) {}
  unsigned line() const noexcept { return line_; }
  const std::string& object() const noexcept { return object_; }
  const std::string& why() const noexcept { return why_; }

 private:
  unsigned line_;
  std::string object_;
  std::string why_;
};

// Whether anything of it differs by the way that a handover takes.
bool speaks_of_ways(const Mechanism& mechanism);

// Its start and its steps in that handover. Throws ExpansionError, or InputError for a name that means nobody.
Mechanism expanded(const Mechanism& mechanism, const Topology& topology, const Binding& binding, const WayBetween& way);

// What it calls attached, for a mobile at `binding.new_router`. Throws likewise.
std::vector<Placed> attached_in(const Mechanism& mechanism, const Topology& topology, const Binding& binding,
                                const WayBetween& way);

// The node that packets for the mobile are led to under it; npos: none.
std::size_t home_under(const Mechanism& mechanism, const Topology& topology, std::size_t mobile);

}  // namespace segue::config
