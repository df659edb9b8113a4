#include "orchestrator/mobility/knobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "orchestrator/config/expansion.hpp"
#include "orchestrator/mobility/schedule.hpp"

namespace segue::mobility {

namespace {

using config::Mechanism;
using config::Step;
using config::Topology;

double nanoseconds(Nanoseconds time) {
  return time == Nanoseconds::max() ? std::numeric_limits<double>::infinity() : static_cast<double>(time.count());
}

std::string direction_of(const Topology& topology, const config::Link& link, std::size_t from) {
  return topology.nodes[from].name + ">" + topology.nodes[across(link, from)].name;
}

// What the radio does then says what was waited for.
const char* kind_of(const Step& step) {
  if (!step.local()) return "processing";
  const auto does = [&](config::RadioVerb verb) {
    return std::any_of(step.actions.begin(), step.actions.end(), [verb](const config::Action& action) {
      const auto* const radio = std::get_if<config::RadioAction>(&action);
      return radio != nullptr && radio->verb == verb;
    });
  };
  if (does(config::RadioVerb::join)) return "link switch";
  return does(config::RadioVerb::leave) ? "leaving" : "wait";
}

// Each direction of each link: a name, its delay and where that is.
template <typename Visit>
void every_direction(Topology& topology, const Visit& visit) {
  for (auto& link : topology.links) {
    visit(direction_of(topology, link, link.a.node), link.a_to_b.delay);
    visit(direction_of(topology, link, link.b.node), link.b_to_a.delay);
  }
}

// The times in an action, as it says them.
std::vector<std::pair<const char*, Delay*>> times_in(config::Action& action) {
  if (auto* const buffer = std::get_if<config::BufferAction>(&action)) return {{"window", &buffer->window}};
  if (auto* const bicast = std::get_if<config::BicastAction>(&action)) return {{"delay of copies", &bicast->delay}};
  return {};
}

}  // namespace

Variant::Variant(const Geography& geography, const Mechanism& mechanism, const Binding& binding, const DataFlow& data)
    : messages_(geography.topology),
      data_(geography.topology),
      message_ways_(messages_, geography.ways),
      data_ways_(data_, geography.ways),
      mechanism_(mechanism),
      binding_(binding),
      flow_(data) {}

Measures Variant::look() const {
  const Expectation expected = expect({messages_, message_ways_}, {data_, data_ways_}, mechanism_, binding_, flow_);
  return {.gaps = {.completion = nanoseconds(expected.completion),
                   .outage_uplink = nanoseconds(expected.outage_uplink),
                   .outage_downlink = nanoseconds(expected.outage_downlink),
                   .interruption_uplink = expected.uplink.interruption_ns,
                   .interruption_downlink = expected.downlink.interruption_ns},
          .packets = {.lost_uplink = expected.uplink.lost,
                      .lost_downlink = expected.downlink.lost,
                      .duplicated_uplink = expected.uplink.duplicated,
                      .duplicated_downlink = expected.downlink.duplicated,
                      .buffered_uplink = expected.uplink.buffered,
                      .buffered_downlink = expected.downlink.buffered}};
}

bool Variant::has_rates() const {
  return std::any_of(data_.links.begin(), data_.links.end(), [](const config::Link& link) {
    return link.a_to_b.rate.bits_per_second > 0 || link.b_to_a.rate.bits_per_second > 0;
  });
}

std::vector<Knob> Variant::steps() {
  std::vector<Knob> knobs;
  const Geography geography{messages_, message_ways_};
  for (std::size_t i = 0; i < mechanism_.steps.size(); ++i) {
    Step& step = mechanism_.steps[i];
    Knob knob{.kind = kind_of(step),
              .of = step.name,
              .over = messages_.nodes[node_named(messages_, binding_, step.to)].name,
              .value = step.local() ? config::mean(step.wait) : step.delay,
              .times = {&step.delay},
              .of_step = true};
    for (const Crossing& crossing : crossings_of(geography, mechanism_, binding_, i)) {
      knob.crossings.emplace_back(direction_of(messages_, messages_.links[crossing.link], crossing.from),
                                  crossing.takes);
    }
    knobs.push_back(std::move(knob));
  }
  return knobs;
}

std::vector<Knob> Variant::message_links() {
  std::set<std::string> crossed;
  const Geography geography{messages_, message_ways_};
  for (std::size_t i = 0; i < mechanism_.steps.size(); ++i) {
    for (const bool confirms : {false, true}) {
      for (const Crossing& crossing : crossings_of(geography, mechanism_, binding_, i, confirms)) {
        crossed.insert(direction_of(messages_, messages_.links[crossing.link], crossing.from));
      }
    }
  }
  std::vector<Knob> knobs;
  every_direction(messages_, [&](const std::string& name, Delay& delay) {
    if (!crossed.contains(name)) return;
    knobs.push_back({.kind = "confirmation", .of = {}, .over = name, .value = delay, .times = {&delay}});
  });
  return knobs;
}

std::vector<Knob> Variant::data_links() {
  std::vector<Knob> knobs;
  every_direction(data_, [&](const std::string& name, Delay& delay) {
    knobs.push_back({.kind = "way", .of = "data", .over = name, .value = delay, .times = {&delay}});
  });
  return knobs;
}

std::vector<Knob> Variant::of_actions() {
  std::vector<Knob> knobs;
  // Along a way it is at several nodes.
  const auto where = [&](const std::string& at) {
    return at.empty() || config::is_way_word(at) ? at : data_.nodes[node_named(data_, binding_, at)].name;
  };
  const auto add = [&](const std::string& name, const std::string& at, config::Action& action) {
    for (const auto& [kind, time] : times_in(action)) {
      if (*time <= Delay{0}) continue;
      knobs.push_back({.kind = kind, .of = name, .over = where(at), .value = *time, .times = {time}});
    }
  };
  for (auto& placed : mechanism_.attached) add("attached", placed.at, placed.action);
  for (auto& placed : mechanism_.start) add("start", placed.at, placed.action);
  for (auto& step : mechanism_.steps) {
    for (auto& action : step.actions) add(step.name, step.to, action);
  }
  return knobs;
}

Knob Variant::interval() {
  return {.kind = "packet interval", .of = {}, .over = {}, .value = flow_.interval, .times = {&flow_.interval}};
}

std::vector<Knob> Variant::parameters() {
  std::vector<Knob> knobs;
  for (std::size_t i = 0; i < data_.links.size(); ++i) {
    Knob knob{.of = "links." + data_.links[i].name + ".delay"};
    for (auto* const topology : {&messages_, &data_}) {
      auto& link = topology->links[i];
      for (auto* const terms : {&link.a_to_b, &link.b_to_a}) {
        if (terms->delay > Delay{0}) knob.times.push_back(&terms->delay);
        knob.value = std::max(knob.value, terms->delay);
      }
    }
    knobs.push_back(std::move(knob));
  }
  for (auto& step : mechanism_.steps) {
    knobs.push_back({.of = "mechanism.step." + step.name + ".delay", .value = step.delay, .times = {&step.delay}});
    if (step.local()) {
      knobs.push_back({.of = "mechanism.step." + step.name + ".wait",
                       .value = step.wait.least,
                       .times = {&step.wait.least, &step.wait.most}});
    }
  }
  for (Knob& knob : of_actions()) {
    knob.of = fmt::format("{} at {}", knob.kind, knob.over);
    knobs.push_back(std::move(knob));
  }
  return knobs;
}

}  // namespace segue::mobility
