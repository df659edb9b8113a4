#include "orchestrator/config/expansion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "orchestrator/config/spelling.hpp"

namespace segue::config {

namespace {

struct Neighbours {
  std::size_t previous = npos;
  std::size_t next = npos;
};

Neighbours neighbours_at(const std::vector<std::size_t>& way, std::size_t place) {
  return {place == 0 ? npos : way[place - 1], place + 1 == way.size() ? npos : way[place + 1]};
}

bool is_neighbour(std::string_view name) { return name == previous_word || name == next_word; }

bool is_crossover(std::string_view name) { return name == crossover_word; }

bool names_one(Action action, bool (*is_one)(std::string_view)) {
  bool found = false;
  for_each_name(action, [&](std::string& name) { found = found || is_one(name); });
  return found;
}

std::string object_of(const Step& step) { return fmt::format("step {}", in_quotes(step.name)); }

class Expansion {
 public:
  Expansion(const Mechanism& mechanism, const Topology& topology, const Binding& binding, const WayBetween& way)
      : mechanism_(mechanism), topology_(topology), actors_(topology), binding_(binding), way_(way) {}

  Mechanism handover() {
    Mechanism result = mechanism_;
    for (Placed& placed : result.start) {
      begin(placed.line, "start");
      placed.at = meant(placed.at);
      placed.action = told(placed.action, {});
    }
    for (const Step& step : mechanism_.steps) {
      begin(step.line, object_of(step));
      const std::size_t first = steps_.size();
      take(step);
      parts_.push_back({first, steps_.size()});
    }
    for (const Part& part : parts_) {
      for (std::size_t i = part.first; i < part.end; ++i) settle_order(part, i);
    }
    result.steps = std::move(steps_);
    for (std::size_t* const one : {&result.completes.uplink, &result.completes.downlink}) *one = parts_[*one].end - 1;
    return result;
  }

  std::vector<Placed> attached() {
    std::vector<Placed> result;
    for (const Placed& placed : mechanism_.attached) {
      begin(placed.line, "attached");
      if (!placed.along) {
        result.push_back(placed);
        continue;
      }
      const auto& [from, to, at_first, between, at_last] = *placed.along;
      const auto way = way_between(node(from), node(to));
      for (std::size_t i = 0; i < way.size(); ++i) {
        const bool last = i + 1 == way.size();
        if (last ? !at_last : i == 0 ? !at_first : !between) continue;
        result.push_back({name_of(way[i]), told(placed.action, neighbours_at(way, i)), placed.line, {}});
      }
    }
    return result;
  }

 private:
  struct Part {  // the steps that one of the file's has become
    std::size_t first;
    std::size_t end;
  };

  void begin(unsigned line, std::string object) {
    line_ = line;
    object_ = std::move(object);
  }
  [[noreturn]] void fail(const std::string& why) const { throw ExpansionError(line_, object_, why); }

  std::size_t node(const std::string& name) {
    return is_crossover(name) ? crossover() : actors_.node_of(actors_.named(name), binding_);
  }

  std::vector<std::size_t> way_between(std::size_t from, std::size_t to) const {
    auto way = way_(from, to);
    if (!way.empty()) return way;
    fail(fmt::format("there is no path from {} to {}", actors_.name_of(from), actors_.name_of(to)));
  }

  std::size_t crossover() {
    if (crossover_ != npos) return crossover_;
    std::size_t gateway = home_under(mechanism_, topology_, binding_.mobile);
    if (gateway == npos) gateway = first_correspondent(topology_);
    if (gateway == npos) fail("crossover: the mobile has no home and the lab no correspondent, from which ways begin");
    const auto before = way_between(gateway, binding_.old_router);
    for (const auto one : way_between(gateway, binding_.new_router)) {
      if (std::find(before.begin(), before.end(), one) != before.end()) crossover_ = one;
    }
    return crossover_;
  }

  // As a mechanism would call it, so that all its steps call it the same.
  std::string name_of(std::size_t node) const {
    if (node == binding_.mobile) return "mobile";
    if (node == binding_.old_router) return "old";
    if (node == binding_.new_router) return "new";
    const Role role = topology_.nodes[node].role;
    const auto with_role = [&](const Node& one) { return one.role == role; };
    const bool alone = std::count_if(topology_.nodes.begin(), topology_.nodes.end(), with_role) == 1;
    const bool called = role == Role::anchor || role == Role::correspondent || role == Role::home;
    return called && alone ? std::string(to_text(role)) : actors_.name_of(node);
  }

  std::string meant(const std::string& name) { return is_crossover(name) ? name_of(crossover()) : name; }

  std::string meant(const std::string& name, const Neighbours& neighbours) {
    if (!is_neighbour(name)) return meant(name);
    const bool before = name == previous_word;
    const std::size_t one = before ? neighbours.previous : neighbours.next;
    if (one == npos) fail(fmt::format("{}: no node comes {} this one", name, before ? "before" : "behind"));
    return name_of(one);
  }

  Action told(Action action, const Neighbours& neighbours) {
    for_each_name(action, [&](std::string& name) { name = meant(name, neighbours); });
    auto* const route = route_in(action);
    const bool to_mobile =
        route != nullptr && route->verb == RouteVerb::via && route->target == name_of(binding_.mobile);
    if (to_mobile) *route = {RouteVerb::through, {}, route->encapsulation};
    return action;
  }

  std::vector<Action> told(const std::vector<Action>& actions, const Neighbours& neighbours) {
    std::vector<Action> result;
    result.reserve(actions.size());
    for (const Action& action : actions) result.push_back(told(action, neighbours));
    return result;
  }

  void take(const Step& step) {
    if (step.hop_by_hop) return take_message(step);
    if (!step.along.empty()) return take_local(step);
    Step one = step;
    one.from = meant(step.from);
    one.to = meant(step.to);
    one.actions = told(step.actions, {});
    add(std::move(one), node(step.from), node(step.to));
  }

  // The part of it that ends at `to`.
  Step part_of(const Step& step, std::size_t from, std::size_t to, const std::vector<Action>& actions,
               const Neighbours& neighbours) {
    Step part = step;
    part.name = fmt::format("{} ({})", step.name, actors_.name_of(to));
    part.from = name_of(from);
    part.to = name_of(to);
    part.actions = told(actions, neighbours);
    part.hop_by_hop = false;
    part.along.clear();
    part.first.reset();
    part.last.reset();
    return part;
  }

  void take_local(const Step& step) {
    const auto way = way_between(node(step.along[0]), node(step.along[1]));
    for (std::size_t i = 0; i < way.size(); ++i) {
      const bool last = i + 1 == way.size();
      const auto& own = last ? step.last : i == 0 ? step.first : std::nullopt;
      add(part_of(step, way[i], way[i], own.value_or(step.actions), neighbours_at(way, i)), way[i], way[i]);
    }
  }

  void take_message(const Step& step) {
    const auto way = way_of(step);
    if (way.size() == 1) return take_nothing_sent(step, way.front());
    for (std::size_t i = 1; i < way.size(); ++i) {
      const bool last = i + 1 == way.size();
      const auto& actions = last && step.last ? *step.last : step.actions;
      Step part = part_of(step, way[i - 1], way[i], actions, neighbours_at(way, i));
      if (way[i - 1] != binding_.mobile && way[i] != binding_.mobile) part.via.clear();
      add(std::move(part), way[i - 1], way[i]);
    }
  }

  // From a mobile and to it over the access router that it signals over.
  std::vector<std::size_t> way_of(const Step& step) {
    const auto from = node(step.from);
    const auto to = node(step.to);
    if (from == to || (from != binding_.mobile && to != binding_.mobile)) return way_between(from, to);
    const auto router = node(step.via);
    if (from != binding_.mobile) {
      auto way = way_between(from, router);
      way.push_back(to);
      return way;
    }
    auto way = way_between(router, to);
    way.insert(way.begin(), from);
    return way;
  }

  // There are no neighbours, and nothing is done that speaks of them.
  void take_nothing_sent(const Step& step, std::size_t at) {
    std::vector<Action> actions = step.last.value_or(step.actions);
    std::erase_if(actions, [](const Action& action) { return names_one(action, is_neighbour); });
    Step part = part_of(step, at, at, actions, {});
    part.layer = 0;
    part.message.clear();
    part.via.clear();
    part.delay = part.timeout = Delay{0};
    part.retries = 0;
    add(std::move(part), at, at);
  }

  void add(Step step, std::size_t from, std::size_t to) {
    steps_.push_back(std::move(step));
    ends_.emplace_back(from, to);
  }

  // The steps of the file that it comes after become parts of these: those that the node knows of where it begins.
  void settle_order(const Part& part, std::size_t index) {
    Step& step = steps_[index];
    if (index > part.first && !step.local()) {
      step.after = {index - 1};
      return;
    }
    for (std::size_t& earlier : step.after) earlier = known_at(parts_[earlier], ends_[index].first);
  }

  std::size_t known_at(const Part& part, std::size_t node) const {
    std::optional<std::size_t> sent;
    for (std::size_t i = part.end; i-- > part.first;) {
      if (ends_[i].second == node) return i;
      if (ends_[i].first == node && !sent) sent = i;
    }
    return sent.value_or(part.end - 1);
  }

  const Mechanism& mechanism_;
  const Topology& topology_;
  Actors actors_;
  const Binding& binding_;
  const WayBetween& way_;
  std::size_t crossover_ = npos;
  unsigned line_ = 0;
  std::string object_;
  std::vector<Step> steps_;
  std::vector<std::pair<std::size_t, std::size_t>> ends_;  // of each of them, the nodes
  std::vector<Part> parts_;
};

}  // namespace

bool is_way_word(std::string_view name) { return is_crossover(name) || is_neighbour(name); }

bool speaks_of_ways(const Mechanism& mechanism) {
  const auto names_place_on_way = [](const Action& action) { return names_one(action, is_way_word); };
  const auto of_step = [&](const Step& step) {
    return step.hop_by_hop || !step.along.empty() || is_crossover(step.from) || is_crossover(step.to) ||
           std::any_of(step.actions.begin(), step.actions.end(), names_place_on_way);
  };
  const auto of_placed = [&](const Placed& placed) {
    return placed.along || is_crossover(placed.at) || names_place_on_way(placed.action);
  };
  return std::any_of(mechanism.steps.begin(), mechanism.steps.end(), of_step) ||
         std::any_of(mechanism.start.begin(), mechanism.start.end(), of_placed) ||
         std::any_of(mechanism.attached.begin(), mechanism.attached.end(), of_placed);
}

Mechanism expanded(const Mechanism& mechanism, const Topology& topology, const Binding& binding,
                   const WayBetween& way) {
  if (!speaks_of_ways(mechanism)) return mechanism;
  return Expansion(mechanism, topology, binding, way).handover();
}

std::vector<Placed> attached_in(const Mechanism& mechanism, const Topology& topology, const Binding& binding,
                                const WayBetween& way) {
  return Expansion(mechanism, topology, binding, way).attached();
}

std::size_t home_under(const Mechanism& mechanism, const Topology& topology, std::size_t mobile) {
  return mechanism.home.empty() ? topology.nodes[mobile].home : Actors(topology).named(mechanism.home).node;
}

}  // namespace segue::config
