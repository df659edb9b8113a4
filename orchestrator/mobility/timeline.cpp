#include "orchestrator/mobility/timeline.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include "orchestrator/mobility/expand.hpp"

namespace segue::mobility {

using config::Mechanism;
using config::npos;

namespace {

bool later(Nanoseconds time, const Timeline::Change& change) { return time < change.when; }

bool forgets(const config::Action& action) {
  const auto* const buffer = std::get_if<config::BufferAction>(&action);
  return buffer != nullptr && buffer->verb == config::BufferVerb::forget;
}

}  // namespace

Timeline::Timeline(const Geography& geography, std::size_t mobile) {
  for (std::size_t node = 0; node < geography.topology.nodes.size(); ++node) {
    changes_.push_back({Change{Nanoseconds::min(), {forwarding_of(geography, mobile, node, std::nullopt)}, npos}});
  }
}

void Timeline::add(Nanoseconds when, std::size_t node, const Conduct& conduct, std::size_t step,
                   std::optional<Nanoseconds> forgets) {
  auto& changes = changes_[node];
  changes.insert(std::upper_bound(changes.begin(), changes.end(), when, later), {when, conduct, step, forgets});
}

const Conduct& Timeline::at(std::size_t node, Nanoseconds when) const {
  const auto& changes = changes_[node];
  return std::prev(std::upper_bound(changes.begin() + 1, changes.end(), when, later))->conduct;
}

std::optional<Timeline::End> Timeline::end_of_holding(std::size_t node, Nanoseconds when, bool forwarded) const {
  const auto& changes = changes_[node];
  const auto later_ones = std::upper_bound(changes.begin() + 1, changes.end(), when, later);
  const auto is_over = [forwarded](const Change& one) { return !one.conduct.holding.of(forwarded); };
  const auto end = std::find_if(later_ones, changes.end(), is_over);
  if (end == changes.end()) return std::nullopt;
  // What else is told at that instant has been told by then.
  const auto behind = std::upper_bound(end, changes.end(), end->when, later);
  const auto last = std::find_if(std::make_reverse_iterator(behind), std::make_reverse_iterator(end), is_over);
  return End{end->when, &last->conduct, end->conduct.discards.of(forwarded)};
}

const Timeline::Change& Timeline::beginning_of_holding(std::size_t node, Nanoseconds when, bool forwarded) const {
  const auto& changes = changes_[node];
  auto one = std::prev(std::upper_bound(changes.begin() + 1, changes.end(), when, later));
  while (one != changes.begin() && std::prev(one)->conduct.holding.of(forwarded)) --one;
  return *one;
}

Nanoseconds Timeline::copy_leaves(std::size_t node, Nanoseconds when) const {
  const auto& changes = changes_[node];
  const auto later_ones = std::upper_bound(changes.begin() + 1, changes.end(), when, later);
  const auto flush = std::find_if(later_ones, changes.end(), [](const Change& one) { return one.conduct.flushes; });
  const Nanoseconds due = when + at(node, when).bicast->delay;
  return flush == changes.end() ? due : std::min(due, flush->when);
}

std::optional<Nanoseconds> Timeline::next_change(Nanoseconds after) const {
  std::optional<Nanoseconds> next;
  for (const auto& changes : changes_) {
    const auto one = std::upper_bound(changes.begin(), changes.end(), after, later);
    if (one != changes.end() && (!next || one->when < *next)) next = one->when;
  }
  return next;
}

std::optional<Nanoseconds> Timeline::left_at(std::size_t mobile, std::size_t router, Nanoseconds until) const {
  std::optional<Nanoseconds> left;
  for (const Change& change : changes_[mobile]) {
    if (change.when > until) break;
    if (!change.conduct.left.contains(router)) {
      left.reset();
    } else if (!left) {
      left = change.when;
    }
  }
  return left;
}

Timeline resting(const Geography& lab, const Mechanism& mechanism, const Binding& binding) {
  const Geography geography = under(lab, mechanism);
  Timeline result(geography, binding.mobile);
  const auto told = [&](std::size_t node, const config::Action& action) {
    result.begin_with(node, after_action(geography, binding, node, result.first(node), action));
  };
  for (const auto& placed : attached_in(geography, mechanism, binding)) {
    told(node_named(geography.topology, binding, placed.at), placed.action);
  }
  if (!uses_radio(mechanism)) return result;
  Conduct mobile = result.first(binding.mobile);
  for (const auto router : config::access_routers(geography.topology, binding.mobile)) {
    if (router == binding.new_router) continue;
    mobile.left.insert(router);
    if (uses_carrier(mechanism)) mobile.no_carrier.insert(router);
  }
  result.begin_with(binding.mobile, mobile);
  return result;
}

Timeline timeline_of(const Geography& lab, const Mechanism& mechanism, const Binding& binding,
                     const std::vector<Nanoseconds>& done) {
  const Geography geography = under(lab, mechanism);
  struct Deed {
    Nanoseconds when;
    std::size_t node;
    const config::Action* action;
    std::size_t step;
  };
  std::vector<Deed> deeds;
  const auto add = [&](Nanoseconds when, const std::string& at, const config::Action& action, std::size_t step) {
    deeds.push_back({when, node_named(geography.topology, binding, at), &action, step});
  };
  for (const auto& placed : mechanism.start) add(Nanoseconds{0}, placed.at, placed.action, npos);
  for (std::size_t i = 0; i < mechanism.steps.size(); ++i) {
    if (done[i] == Nanoseconds::max()) continue;
    for (const auto& action : mechanism.steps[i].actions) add(done[i], mechanism.steps[i].to, action, i);
  }
  std::stable_sort(deeds.begin(), deeds.end(), [](const Deed& a, const Deed& b) { return a.when < b.when; });
  // Before the handover the mobile is attached to what is then the old router.
  Timeline result = resting(geography, mechanism, {binding.mobile, binding.new_router, binding.old_router});
  for (const auto& [when, node, action, step] : deeds) {
    std::optional<Nanoseconds> known;
    if (forgets(*action)) {
      const auto teller = node_named(geography.topology, binding, mechanism.steps[step].from);
      known = result.left_at(binding.mobile, teller, when);
    }
    result.add(when, node, after_action(geography, binding, node, result.last(node), *action), step, known);
  }
  return result;
}

void attach_again(Timeline& timeline, const Geography& geography, const Mechanism& mechanism, const Binding& binding,
                  Nanoseconds when) {
  const Timeline attached = resting(geography, mechanism, binding);
  for (std::size_t node = 0; node < attached.nodes(); ++node) timeline.add(when, node, attached.first(node));
}

}  // namespace segue::mobility
