#include "orchestrator/config/way_check.hpp"

#include <fmt/format.h>

#include "nodes/base/error.hpp"
#include "orchestrator/config/expansion.hpp"
#include "orchestrator/config/spelling.hpp"

namespace segue::config {

bool WayCheck::passes() {
  check_placed(mechanism_.attached, "attached", false);
  check_placed(mechanism_.start, "start", true);
  for (const Step& step : mechanism_.steps) check_step(step);
  return passes_;
}

void WayCheck::report(const Place& place, const std::string& text) {
  problems_.add(place.line, place.object, text);
  passes_ = false;
}

void WayCheck::check_placed(const std::vector<Placed>& all, const std::string& object, bool handover) {
  for (const Placed& placed : all) {
    const Place place{placed.line, object, placed.along.has_value(), handover};
    if (placed.along) {
      check_end(place, placed.along->from);
      check_end(place, placed.along->to);
    } else {
      check_name(place, "at", placed.at);
    }
    check_actions(place, {placed.action});
  }
}

void WayCheck::check_step(const Step& step) {
  const bool on_way = step.hop_by_hop || !step.along.empty();
  const Place place{step.line, fmt::format("step {}", in_quotes(step.name)), on_way, true};
  if (step.hop_by_hop && step.layer == 2) {
    report(place, "hop-by-hop: a layer 2 message crosses one link; it is of layer 3");
  }
  if (!step.along.empty()) {
    for (const std::string& end : step.along) check_end(place, end);
  } else {
    check_name(place, step.local() ? "at" : "from", step.from);
    if (!step.local()) check_name(place, "to", step.to);
  }
  const bool of_mobile = !step.local() && (is_mobile(step.from) || is_mobile(step.to));
  if (step.hop_by_hop && step.layer == 3 && of_mobile && step.via.empty()) {
    report(place, "via is missing: over which access link, \"old\" or \"new\"?");
  }
  check_actions(place, step.actions);
  if (step.first) check_actions(place, *step.first);
  if (step.last) check_actions(place, *step.last);
}

void WayCheck::check_actions(const Place& place, const std::vector<Action>& actions) {
  for (Action action : actions) {
    const std::string key(key_of(action));
    for_each_name(action, [&](std::string& name) {
      const bool neighbour = name == previous_word || name == next_word;
      if (!neighbour) return check_name(place, key, name);
      if (place.on_way) return;
      report(place, fmt::format("{} \"{}\": {} is the neighbour on a way: of a hop-by-hop message, or along one", key,
                                to_text(action), name));
    });
  }
}

void WayCheck::check_name(const Place& place, std::string_view key, const std::string& name) {
  if (name.empty()) return;  // reported when it was read
  if (name == crossover_word) {
    if (place.handover) return;
    return report(place, fmt::format("{} \"crossover\": it is of a handover, and {} is of one router, wherever the "
                                     "mobile has come from",
                                     key, place.object));
  }
  if (name == previous_word || name == next_word) {
    return report(place, fmt::format("{} {}: only actions speak of it", key, in_quotes(name)));
  }
  try {
    actors_.named(name);
  } catch (const InputError& error) {
    report(place, fmt::format("{} {}", key, error.what()));
  }
}

void WayCheck::check_end(const Place& place, const std::string& name) {
  check_name(place, "along", name);
  if (is_mobile(name)) report(place, fmt::format("along {}: it goes from router to router", in_quotes(name)));
}

bool WayCheck::is_mobile(const std::string& name) const {
  try {
    return actors_.is_mobile(actors_.named(name));
  } catch (const InputError&) {
    return false;  // reported where it is used
  }
}

}  // namespace segue::config
