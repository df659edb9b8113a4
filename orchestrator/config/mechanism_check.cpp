#include "orchestrator/config/mechanism_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "nodes/base/error.hpp"
#include "orchestrator/config/expansion.hpp"
#include "orchestrator/config/spelling.hpp"
#include "orchestrator/config/way_check.hpp"

namespace segue::config {

namespace {

std::string object_of(const Step& step) { return fmt::format("step {}", in_quotes(step.name)); }

bool is_router_of_mobile(const Actor& actor) { return actor.bound != nullptr && actor.bound->serves; }

}  // namespace

std::optional<Actor> MechanismCheck::actor(unsigned line, const std::string& object, std::string_view key,
                                           std::string_view name) {
  if (name.empty()) return std::nullopt;  // reported when it was read
  try {
    return actors_.named(name);
  } catch (const InputError& error) {
    problems_.add(line, object, fmt::format("{} {}", key, error.what()));
    return std::nullopt;
  }
}

template <typename Visit>
void MechanismCheck::for_each_pair(const Actor& from, const Actor& to, Visit visit) const {
  if (binding_) {
    visit(actors_.node_of(from, *binding_), actors_.node_of(to, *binding_));
    return;
  }
  const bool both_routers = is_router_of_mobile(from) && is_router_of_mobile(to) && from != to;
  for (const auto mobile : actors_.mobiles()) {
    for (const auto a : actors_.candidates(from, mobile)) {
      for (const auto b : actors_.candidates(to, mobile)) {
        // The old and the new router are never the same.
        if (both_routers && a == b) continue;
        if (!visit(a, b)) return;
      }
    }
  }
}

void MechanismCheck::run() {
  check_mobiles();
  check_home();
  for (const Placed& one : mechanism_.attached) check_lasts(one);
  if (!speaks_of_ways(mechanism_)) {
    check_all();
  } else if (WayCheck(mechanism_, topology_, problems_).passes()) {
    check_handovers();
  }
}

// Ways differ, and what is said of them is as it is in each handover. The first that has a mistake will do.
void MechanismCheck::check_handovers() {
  for (const auto mobile : actors_.mobiles()) {
    const auto routers = access_routers(topology_, mobile);
    for (const auto old_router : routers) {
      for (const auto new_router : routers) {
        if (old_router != new_router && !check_handover({mobile, old_router, new_router})) return;
      }
    }
  }
}

bool MechanismCheck::check_handover(const Binding& binding) {
  const auto way = [this](std::size_t from, std::size_t to) { return paths_.path(from, to); };
  try {
    Mechanism bound = expanded(mechanism_, topology_, binding, way);
    bound.attached = attached_in(mechanism_, topology_, binding, way);
    MechanismCheck(bound, topology_, paths_, problems_, binding).check_all();
  } catch (const ExpansionError& error) {
    problems_.add(error.line(), error.object(),
                  fmt::format("{} (in a handover from {} to {})", error.why(), actors_.name_of(binding.old_router),
                              actors_.name_of(binding.new_router)));
  } catch (const InputError& error) {
    if (problems_.empty()) problems_.add(0, "", error.what());  // or it was reported when it was read
  }
  return problems_.empty();
}

void MechanismCheck::check_home() {
  const auto home = actor(mechanism_.home_line, "", "home", mechanism_.home);
  if (!home || home->bound == nullptr) return;
  problems_.add(
      mechanism_.home_line, "",
      fmt::format("home {}: it is the same node in every handover, and none that moves", in_quotes(mechanism_.home)));
}

void MechanismCheck::check_all() {
  const std::pair<const char*, const std::vector<Placed>*> groups[] = {{"attached", &mechanism_.attached},
                                                                       {"start", &mechanism_.start}};
  for (const auto& [object, placed] : groups) {
    for (const Placed& one : *placed) check_action(one.line, object, one.at, one.action);
  }
  for (const Step& step : mechanism_.steps) check_step(step);
  check_circles();
}

void MechanismCheck::check_mobiles() {
  const auto mobiles = actors_.mobiles();
  if (mobiles.empty()) problems_.add(0, "", "the lab has no node whose role is mobile, so nothing can hand over");
  for (const auto mobile : mobiles) {
    const auto routers = access_routers(topology_, mobile).size();
    if (routers >= 2) continue;
    problems_.add(0, "",
                  fmt::format("mobile node \"{}\" has links with {} access routers; a handover takes two",
                              actors_.name_of(mobile), routers));
  }
}

void MechanismCheck::check_action(unsigned line, const std::string& object, std::string_view at, const Action& action) {
  const auto where = actor(line, object, "at", at);
  if (!where) return;
  std::visit([&](const auto& one) { check(Deed{line, object, *where}, one); }, action);
}

// What holds while nothing happens: a radio is on its link then, and nothing waits.
void MechanismCheck::check_lasts(const Placed& placed) {
  const auto* const buffer = std::get_if<BufferAction>(&placed.action);
  const bool lasts =
      std::holds_alternative<RouteAction>(placed.action) || (buffer != nullptr && buffer->verb == BufferVerb::window);
  if (lasts) return;
  problems_.add(
      placed.line, "attached",
      fmt::format("{} \"{}\": attached has routes and windows; what else is told belongs to a start or a step",
                  key_of(placed.action), to_text(placed.action)));
}

void MechanismCheck::report(const Deed& deed, const Action& action, std::string_view text) {
  problems_.add(deed.line, deed.object, fmt::format("{} \"{}\": {}", key_of(action), to_text(action), text));
}

void MechanismCheck::check(const Deed& deed, const RouteAction& action) { check_way(deed, action, action); }

void MechanismCheck::check(const Deed& deed, const BicastAction& action) {
  if (actors_.is_mobile(deed.at)) return report(deed, action, "it is for packets to the mobile, and not done there");
  if (action.way.verb != RouteVerb::off) check_way(deed, action, action.way);
}

void MechanismCheck::check(const Deed& deed, const BufferAction& action) {
  if (action.verb == BufferVerb::forget && deed.object == "start") {
    report(deed, action, "it is for a message: at the start nobody has said what the mobile has received");
  }
  if (action.flow == Flow::all) return;
  bool serves = !actors_.is_mobile(deed.at);
  for_each_pair(deed.at, actors_.mobile(),
                [&](std::size_t node, std::size_t mobile) { return serves = serves && linked(node, mobile); });
  if (!serves) report(deed, action, "forwarded and direct packets are told apart at an access router");
}

// Two segments in their order: neither its head nor its end is one to be led over.
void MechanismCheck::check_over(const Deed& deed, const Action& action, const RouteAction& way, const Actor& target) {
  const auto over = actor(deed.line, deed.object, key_of(action), way.over);
  if (!over) return;
  if (actors_.is_mobile(*over)) return report(deed, action, "a tunnel is not led over a mobile");
  for (const Actor* const end : {&deed.at, &target}) {
    for_each_pair(*end, *over, [&](std::size_t a, std::size_t b) {
      if (a != b) return true;
      report(deed, action, fmt::format("{} is an end of it in some handover", actors_.name_of(a)));
      return false;
    });
  }
}

void MechanismCheck::check_way(const Deed& deed, const Action& action, const RouteAction& way) {
  std::optional<Actor> target;
  if (!way.target.empty()) {
    target = actor(deed.line, deed.object, key_of(action), way.target);
    if (!target) return;
  }
  if (target == deed.at) return report(deed, action, "it leads back to the node it is set on");
  if (target && !way.over.empty()) check_over(deed, action, way, *target);
  if (actors_.is_mobile(deed.at)) {
    if (way.verb != RouteVerb::off && way.verb != RouteVerb::via) {
      return report(deed, action, "at a mobile it is \"off\" or \"via NODE\"");
    }
    if (target) {
      for_each_pair(deed.at, *target, [&](std::size_t mobile, std::size_t next) {
        if (linked(mobile, next)) return true;
        report(deed, action, fmt::format("{} has no link with {}", actors_.name_of(mobile), actors_.name_of(next)));
        return false;
      });
    }
    return;
  }
  if (target && actors_.is_mobile(*target)) return report(deed, action, "the way to the mobile is \"through\"");
  const bool to_correspondent =
      target && target->bound == nullptr && topology_.nodes[target->node].role == Role::correspondent;
  if (way.verb == RouteVerb::through_tunnel && to_correspondent) {
    return report(
        deed, action,
        "a tunnel's end leads packets on, and does not deliver them; to a correspondent they go by \"through\"");
  }
  if (way.verb != RouteVerb::through && way.verb != RouteVerb::through_tunnel) return;
  for_each_pair(deed.at, actors_.mobile(), [&](std::size_t router, std::size_t mobile) {
    if (linked(router, mobile)) return true;
    report(deed, action, fmt::format("{} has no link with {}", actors_.name_of(router), actors_.name_of(mobile)));
    return false;
  });
}

void MechanismCheck::check(const Deed& deed, const RadioAction& action) {
  const auto router = actor(deed.line, deed.object, "radio", action.router);
  if (!router) return;
  if (!actors_.is_mobile(deed.at)) return report(deed, action, "it is the mobile's, and done there");
  for_each_pair(deed.at, *router, [&](std::size_t mobile, std::size_t next) {
    if (linked(mobile, next)) return true;
    report(deed, action, fmt::format("{} has no link with {}", actors_.name_of(mobile), actors_.name_of(next)));
    return false;
  });
}

void MechanismCheck::check_step(const Step& step) {
  const auto object = object_of(step);
  const auto from = actor(step.line, object, step.local() ? "at" : "from", step.from);
  const auto to = step.local() ? from : actor(step.line, object, "to", step.to);
  if (to) {
    for (const Action& action : step.actions) check_action(step.line, object, step.to, action);
    if (tells_delivered(step)) check_teller(step, from);
  }
  check_knowledge(step);
  if (from && to && !step.local()) check_message(step, *from, *to);
}

// Of a message from an access router that the mobile's radio has left.
void MechanismCheck::check_teller(const Step& step, const std::optional<Actor>& from) {
  if (!step.local() && from && is_router_of_mobile(*from) && uses_radio(mechanism_)) return;
  problems_.add(
      step.line, object_of(step),
      "buffer \"forget delivered\": it is for a message from an access router that the mobile's radio has left: "
      "nobody else knows what it has received");
}

void MechanismCheck::check_message(const Step& step, const Actor& from, const Actor& to) {
  if (from == to) {
    problems_.add(step.line, object_of(step), fmt::format("{} sends it to itself", step.from));
  } else if (step.layer == 2) {
    check_layer_2(step, from, to);
  } else if (step.layer == 3) {
    check_layer_3(step, from, to);
  }
}

void MechanismCheck::check_layer_2(const Step& step, const Actor& from, const Actor& to) {
  if (!step.via.empty()) problems_.add(step.line, object_of(step), "via: a layer 2 message has only its own link");
  for_each_pair(from, to, [&](std::size_t a, std::size_t b) {
    if (linked(a, b)) return true;
    problems_.add(step.line, object_of(step),
                  fmt::format("layer 2: there is no link between {} and {}", actors_.name_of(a), actors_.name_of(b)));
    return false;
  });
}

void MechanismCheck::check_layer_3(const Step& step, const Actor& from, const Actor& to) {
  const auto object = object_of(step);
  const bool of_mobile = actors_.is_mobile(from) || actors_.is_mobile(to);
  if (of_mobile && step.via.empty()) {
    problems_.add(step.line, object, "via is missing: over which access link, \"old\" or \"new\"?");
    return;
  }
  if (!of_mobile && !step.via.empty()) {
    problems_.add(step.line, object, "via: it is for messages from or to the mobile");
    return;
  }
  // From its access router on, a mobile's message goes as any other.
  const Actor router{bound_name(step.via)};
  if (of_mobile && !is_router_of_mobile(router)) return;  // reported when it was read
  const Actor& head = actors_.is_mobile(from) ? router : from;
  const Actor& tail = actors_.is_mobile(to) ? router : to;
  for_each_pair(head, tail, [&](std::size_t a, std::size_t b) {
    if (paths_.reachable(a, b)) return true;
    problems_.add(step.line, object,
                  fmt::format("there is no path from {} to {}", actors_.name_of(a), actors_.name_of(b)));
    return false;
  });
}

// A node can only wait for what it has sent or received.
void MechanismCheck::check_knowledge(const Step& step) {
  const auto same = [&](const std::string& a, const std::string& b) {
    try {
      return actors_.named(a) == actors_.named(b);
    } catch (const InputError&) {
      return true;  // reported elsewhere
    }
  };
  for (const auto index : step.after) {
    const Step& earlier = mechanism_.steps[index];
    if (same(earlier.to, step.from) || same(earlier.from, step.from)) continue;
    problems_.add(step.line, object_of(step),
                  fmt::format("after {}: {} neither sends nor receives that step, so it cannot know",
                              in_quotes(earlier.name), step.from));
  }
}

void MechanismCheck::check_circles() {
  enum class State : std::uint8_t { unseen, open, over };
  std::vector<State> states(mechanism_.steps.size(), State::unseen);
  std::vector<std::size_t> way;
  const auto report = [&](std::size_t again) {
    const auto start = std::find(way.begin(), way.end(), again);
    std::string circle;
    for (auto at = start; at != way.end(); ++at) circle += mechanism_.steps[*at].name + " after ";
    const Step& step = mechanism_.steps[*std::min_element(start, way.end())];
    problems_.add(step.line, object_of(step), "after goes round in a circle: " + circle + mechanism_.steps[again].name);
  };
  const auto visit = [&](const auto& self, std::size_t index) -> void {
    states[index] = State::open;
    way.push_back(index);
    for (const auto earlier : mechanism_.steps[index].after) {
      if (states[earlier] == State::open) report(earlier);
      if (states[earlier] == State::unseen) self(self, earlier);
    }
    way.pop_back();
    states[index] = State::over;
  };
  for (std::size_t i = 0; i < mechanism_.steps.size(); ++i) {
    if (states[i] == State::unseen) visit(visit, i);
  }
}

}  // namespace segue::config
