#include "orchestrator/config/actors.hpp"

#include <fmt/format.h>

#include "nodes/base/error.hpp"
#include "orchestrator/config/spelling.hpp"

namespace segue::config {

std::vector<std::size_t> Actors::with_role(Role role) const {
  std::vector<std::size_t> nodes;
  for (std::size_t i = 0; i < topology_.nodes.size(); ++i) {
    if (topology_.nodes[i].role == role) nodes.push_back(i);
  }
  return nodes;
}

Actor Actors::named(std::string_view name) const {
  if (name == "mobile") return {Actor::Kind::mobile};
  if (name == "old") return {Actor::Kind::old_router};
  if (name == "new") return {Actor::Kind::new_router};
  if (const auto node = find_node(topology_, name); node != npos) {
    if (topology_.nodes[node].role != Role::mobile) return {Actor::Kind::fixed, node};
    if (mobiles().size() == 1) return {Actor::Kind::mobile};
    throw InputError(
        fmt::format("{}: of several mobile nodes the one that moves is called \"mobile\"", in_quotes(name)));
  }
  if (const auto role = role_named(name)) {
    const auto nodes = with_role(*role);
    if (nodes.size() == 1) return {Actor::Kind::fixed, nodes.front()};
    if (nodes.empty()) throw InputError(fmt::format("{}: no node has this role", in_quotes(name)));
    std::string list;
    for (const auto node : nodes) list += (list.empty() ? "" : ", ") + name_of(node);
    throw InputError(fmt::format("{}: several nodes have this role ({}); name one", in_quotes(name), list));
  }
  std::vector<std::string_view> known{"mobile", "old", "new", "anchor", "correspondent", "home"};
  for (const Node& node : topology_.nodes) {
    if (!role_named(node.name)) known.push_back(node.name);
  }
  throw InputError("there is no role or node " + unknown(name, known));
}

std::vector<std::size_t> Actors::candidates(const Actor& actor, std::size_t mobile) const {
  if (actor.kind == Actor::Kind::fixed) return {actor.node};
  if (actor.kind == Actor::Kind::mobile) return {mobile};
  return access_routers(topology_, mobile);
}

}  // namespace segue::config
