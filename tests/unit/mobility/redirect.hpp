// Handovers of which the closed forms speak: the mobile leaves its old link at 0 and hears the new one from some instant
// on, and a node redirects its packets at another. In the paper's network that node is the anchor.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "orchestrator/mobility/ends_attached.hpp"
#include "orchestrator/mobility/expectation.hpp"
#include "tests/unit/mobility/prompt_lab.hpp"

namespace segue::test {

using namespace segue::mobility;
using namespace std::chrono_literals;
using config::BufferAction;
using config::BufferVerb;
using config::RadioAction;
using config::RadioVerb;
using config::RouteAction;
using config::RouteVerb;

inline constexpr Delay interval = 20ms;

inline double packets(Delay time) { return std::max(0.0, static_cast<double>(time.count()) / interval.count()); }

// The anchor is N: D_o = D_n = 10.1 ms.
inline constexpr Delay way = 10100us;

inline config::Placed at(const char* node, config::Action action) { return {node, std::move(action), 0}; }

inline config::Step local(const char* node, Delay when, std::vector<config::Action> actions) {
  config::Step step;
  step.name = node + std::to_string(when.count());
  step.from = step.to = node;
  step.layer = 0;
  step.wait = {when, when};
  step.actions = std::move(actions);
  return step;
}

// The mobile leaves at 0 and hears the new router from `joined` on; the anchor redirects at `redirected`.
inline config::Mechanism redirect(Delay joined, Delay redirected, std::vector<config::Action> at_redirect) {
  config::Mechanism mechanism;
  mechanism.attached = {at("anchor", RouteAction{RouteVerb::tunnel, "new"}),
                        at("new", RouteAction{RouteVerb::through, ""}),
                        at("mobile", RouteAction{RouteVerb::via, "new"})};
  mechanism.start = {at("mobile", RadioAction{RadioVerb::leave, "old"}),
                     at("new", RouteAction{RouteVerb::through, ""})};
  at_redirect.insert(at_redirect.begin(), RouteAction{RouteVerb::tunnel, "new"});
  mechanism.steps = {local("mobile", joined, {RadioAction{RadioVerb::join, "new"}, RouteAction{RouteVerb::via, "new"}}),
                     local("anchor", redirected, std::move(at_redirect)),
                     local("old", 10s, {RouteAction{RouteVerb::off, ""}})};
  return mechanism;
}

inline Expectation of(const PromptLab& lab, const config::Mechanism& mechanism) {
  CHECK_NOTHROW(require_ends_attached(lab.geography(), mechanism, lab.node("mn")));
  return expect(lab.geography(), mechanism, lab.binding, {interval, 222});
}

class Dice {
 public:
  Delay up_to(Delay most) {
    return Delay(static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most.count())));
  }

 private:
  std::mt19937_64 random_{7};
};

// A link of 0.1 ms between the access routers, over which the routes between them lead.
inline PromptLab meshed() {
  PromptLab lab;
  config::Link link = lab.topology.links[config::find_link(lab.topology, "map-ar1")];
  link.name = "ar1-ar2";
  link.subnet = parse_prefix("fd5e:9e:ff:1::/64");
  link.a = {.node = lab.node("ar1"), .interface = "ar2", .address = parse_address("fd5e:9e:ff:1::1")};
  link.b = {.node = lab.node("ar2"), .interface = "ar1", .address = parse_address("fd5e:9e:ff:1::2")};
  link.a_to_b.delay = link.b_to_a.delay = 100us;
  lab.topology.links.push_back(link);
  return lab;
}

}  // namespace segue::test
