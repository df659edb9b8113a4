#include "orchestrator/config/actors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nodes/base/error.hpp"
#include "orchestrator/config/spelling.hpp"

namespace segue::config {

namespace {

std::vector<std::size_t> itself(const Topology&, std::size_t mobile) { return {mobile}; }

// The first is the mobile.
constexpr std::array<BoundName, 3> names{{
    {"mobile", false, itself, [](const Topology&, const Binding& binding) { return binding.mobile; }},
    {"old", true, access_routers, [](const Topology&, const Binding& binding) { return binding.old_router; }},
    {"new", true, access_routers, [](const Topology&, const Binding& binding) { return binding.new_router; }},
}};

}  // namespace

std::span<const BoundName> bound_names() { return names; }

const BoundName* bound_name(std::string_view word) {
  const auto found = std::find_if(names.begin(), names.end(), [&](const BoundName& name) { return name.word == word; });
  return found == names.end() ? nullptr : &*found;
}

Actor Actors::mobile() const { return {&names.front()}; }

std::vector<std::size_t> Actors::with_role(Role role) const {
  std::vector<std::size_t> nodes;
  for (std::size_t i = 0; i < topology_.nodes.size(); ++i) {
    if (topology_.nodes[i].role == role) nodes.push_back(i);
  }
  return nodes;
}

Actor Actors::named(std::string_view name) const {
  if (const auto* bound = bound_name(name)) return {bound};
  if (const auto node = find_node(topology_, name); node != npos) {
    if (topology_.nodes[node].role != Role::mobile) return {nullptr, node};
    if (mobiles().size() == 1) return mobile();
    throw InputError(
        fmt::format("{}: of several mobile nodes the one that moves is called \"mobile\"", in_quotes(name)));
  }
  if (const auto role = role_named(name)) {
    const auto nodes = with_role(*role);
    if (nodes.size() == 1) return {nullptr, nodes.front()};
    if (nodes.empty()) throw InputError(fmt::format("{}: no node has this role", in_quotes(name)));
    std::string list;
    for (const auto node : nodes) list += (list.empty() ? "" : ", ") + name_of(node);
    throw InputError(fmt::format("{}: several nodes have this role ({}); name one", in_quotes(name), list));
  }
  std::vector<std::string_view> known;
  constexpr std::array roles{Role::anchor, Role::correspondent, Role::home};
  known.reserve(names.size() + roles.size() + topology_.nodes.size());
  for (const BoundName& bound : names) known.push_back(bound.word);
  for (const Role role : roles) known.push_back(to_text(role));
  for (const Node& node : topology_.nodes) {
    if (!role_named(node.name)) known.push_back(node.name);
  }
  throw InputError("there is no role or node " + unknown(name, known));
}

std::vector<std::size_t> Actors::candidates(const Actor& actor, std::size_t mobile) const {
  if (actor.bound == nullptr) return {actor.node};
  return actor.bound->candidates(topology_, mobile);
}

std::size_t Actors::node_of(const Actor& actor, const Binding& binding) const {
  return actor.bound == nullptr ? actor.node : actor.bound->node(topology_, binding);
}

}  // namespace segue::config
