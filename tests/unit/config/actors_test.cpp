#include "orchestrator/config/actors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "nodes/base/error.hpp"
#include "orchestrator/config/names.hpp"

using namespace segue;
using namespace segue::config;

namespace {

const Topology topology = load_topology(std::filesystem::path(SEGUE_SOURCE_DIR) / "topologies/prompt");

std::size_t node(const char* name) { return find_node(topology, name); }

}  // namespace

TEST_CASE("what a name means in a handover is one of the nodes it may come to be") {
  const Actors actors(topology);
  for (const auto& [old_router, new_router] : {std::pair{"ar1", "ar2"}, std::pair{"ar2", "ar1"}}) {
    const Binding binding{node("mn"), node(old_router), node(new_router)};
    for (const BoundName& name : bound_names()) {
      CAPTURE(name.word);
      const Actor actor = actors.named(name.word);
      CHECK(actor.bound == &name);
      const auto candidates = actors.candidates(actor, binding.mobile);
      CHECK(std::find(candidates.begin(), candidates.end(), actors.node_of(actor, binding)) != candidates.end());
    }
    CHECK(actors.node_of(actors.named("mobile"), binding) == node("mn"));
    CHECK(actors.node_of(actors.named("mn"), binding) == node("mn"));
    CHECK(actors.node_of(actors.named("old"), binding) == node(old_router));
    CHECK(actors.node_of(actors.named("new"), binding) == node(new_router));
    CHECK(actors.node_of(actors.named("anchor"), binding) == node("map"));
    CHECK(actors.node_of(actors.named("ar1"), binding) == node("ar1"));
  }
}

TEST_CASE("a word that every handover binds names no node, but for the role whose node it is") {
  for (const BoundName& name : bound_names()) {
    CAPTURE(name.word);
    CHECK(fault_of_node_name(std::string(name.word)).empty() == role_named(name.word).has_value());
  }
}
