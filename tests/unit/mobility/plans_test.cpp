#include "orchestrator/mobility/plans.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "tests/unit/mobility/prompt_lab.hpp"

using namespace segue;
using namespace segue::mobility;
using protocol::Action;
using protocol::Endpoint;
using protocol::Execute;
using protocol::LinkEndpoint;
using protocol::Message;
using protocol::NetworkEndpoint;
using protocol::Plan;
using protocol::PlanStep;
using protocol::SetRoutes;

namespace {

struct Lab : PromptLab {
  std::vector<Plan> plans(const std::string& name) const { return of(mechanism(name)); }
  std::vector<Plan> of(const config::Mechanism& mechanism) const {
    return plans_for(geography(), mechanism, binding, 7);
  }
  const Plan& at(const std::vector<Plan>& plans, const char* name) const {
    const auto found =
        std::find_if(plans.begin(), plans.end(), [&](const Plan& plan) { return plan.node == node(name); });
    REQUIRE(found != plans.end());
    return *found;
  }
  const config::LinkEnd& end(const char* from, const char* to) const {
    return *hop_between(topology, node(from), node(to)).near;
  }
};

PlanStep step(const std::vector<Plan>& plans, const std::string& name) {
  for (const Plan& plan : plans) {
    for (const PlanStep& one : plan.steps) {
      if (one.name == name) return one;
    }
  }
  FAIL("no step " << name);
  return {};
}

Message message(const std::vector<Plan>& plans, const std::string& name) {
  return std::get<Message>(step(plans, name).content);
}

// How many routes are set where the step is done.
std::size_t routes(const std::vector<Action>& actions) {
  std::size_t count = 0;
  for (const Action& action : actions) {
    if (const auto* set = std::get_if<SetRoutes>(&action)) count += set->routes.size();
  }
  return count;
}

std::string command(const std::vector<Action>& actions) {
  REQUIRE(actions.size() == 1);
  return std::get<Execute>(actions.front()).command;
}

}  // namespace

TEST_CASE("every node that takes part has a plan, with the steps that it sends or receives and its own start") {
  const Lab lab;
  const auto mechanism = lab.mechanism("prompt-scheduled");
  const auto plans = lab.of(mechanism);
  REQUIRE(plans.size() == 4);  // mn, ar1, ar2, map
  for (const Plan& plan : plans) {
    CHECK(plan.handover == 7);
    std::vector<std::string> has;
    for (const PlanStep& one : plan.steps) {
      CHECK(mechanism.steps.at(one.number).name == one.name);
      has.push_back(one.name);
    }
    std::vector<std::string> takes_part;
    for (const auto& one : mechanism.steps) {
      const auto is_here = [&](const std::string& role) {
        return node_named(lab.topology, lab.binding, role) == plan.node;
      };
      if (is_here(one.from) || is_here(one.to)) takes_part.push_back(one.name);
    }
    CHECK(has == takes_part);
  }
  CHECK(routes(lab.at(plans, "mn").start) == 1);
  CHECK(routes(lab.at(plans, "ar1").start) == 3);
  CHECK(routes(lab.at(plans, "map").start) == 3);
  CHECK(lab.at(plans, "ar2").start.empty());
}

TEST_CASE("layer 3 messages go between node addresses, the mobile's from and to the access link it uses") {
  const Lab lab;
  const auto plans = lab.plans("prompt-scheduled");
  const Message prepare = message(plans, "prepare");
  CHECK(prepare.from == lab.node("map"));
  CHECK(prepare.to == lab.node("ar2"));
  CHECK(prepare.forth == Endpoint(NetworkEndpoint{lab.address("map"), lab.address("ar2")}));
  CHECK(prepare.back == Endpoint(NetworkEndpoint{lab.address("ar2"), lab.address("map")}));
  // The command reaches the mobile through the old router, and not at the data address, which is off.
  const auto command = std::get<NetworkEndpoint>(message(plans, "command").forth);
  CHECK(command.to == lab.end("mn", "ar1").address);
  CHECK(command.to != lab.address("mn"));
  const auto mobile_ip = lab.plans("mobile-ipv6-eap-aka");
  const auto update = std::get<NetworkEndpoint>(message(mobile_ip, "binding update to home").forth);
  CHECK(update.from == lab.end("mn", "ar2").address);
}

TEST_CASE("layer 2 messages name both ends of the one link between their nodes") {
  const Lab lab;
  const Message attach = message(lab.plans("prompt-scheduled"), "attach");
  CHECK(attach.forth == Endpoint(LinkEndpoint{lab.end("mn", "ar2").interface, lab.end("ar2", "mn").mac}));
  CHECK(attach.back == Endpoint(LinkEndpoint{lab.end("ar2", "mn").interface, lab.end("mn", "ar2").mac}));
}

TEST_CASE("a step is confirmed when its sender sends again after it, and only then") {
  const Lab lab;
  const auto plans = lab.plans("prompt-scheduled");
  CHECK(message(plans, "success").confirmed);  // the new router reports once the mobile has it
  for (const char* name :
       {"prepare", "acknowledge", "command", "attach", "challenge", "response", "handover success"}) {
    CAPTURE(name);
    CHECK_FALSE(message(plans, name).confirmed);
  }
}

TEST_CASE("waiting, processing and route actions are those of the file") {
  const Lab lab;
  const auto mechanism = lab.mechanism("prompt-scheduled");
  const auto plans = lab.of(mechanism);
  for (const auto& asked : mechanism.steps) {
    const PlanStep bound = step(plans, asked.name);
    CHECK(message(plans, asked.name).delay == asked.delay);
    CHECK(message(plans, asked.name).timeout == asked.timeout);
    CHECK(std::vector<std::size_t>(bound.after.begin(), bound.after.end()) == asked.after);
  }
  CHECK(routes(step(plans, "response").on_done) == 3);  // through tunnel anchor, at the new router
  CHECK(routes(step(plans, "success").on_done) == 1);   // via new, at the mobile
  CHECK(routes(step(plans, "release").on_done) == 3);   // off, at the old router
  CHECK(step(plans, "prepare").on_done.empty());
}

TEST_CASE("a step's command runs after its routes are set") {
  const Lab lab;
  auto mechanism = lab.mechanism("prompt-scheduled");
  const auto success = std::find_if(mechanism.steps.begin(), mechanism.steps.end(),
                                    [](const config::Step& one) { return one.name == "success"; });
  success->execute = "true";
  const auto actions = step(lab.of(mechanism), "success").on_done;
  REQUIRE(actions.size() == 2);
  CHECK(std::holds_alternative<SetRoutes>(actions[0]));
  CHECK(actions[1] == Action(Execute{"true"}));
}

TEST_CASE("the copy that calls ip has commands in the place of routes, but for what the radio does") {
  const Lab lab;
  const auto plans = lab.plans("prompt-scheduled-ip-route");
  const std::string success = command(step(plans, "handover success").on_done);
  CHECK(success.find("ip -6 route replace ") != std::string::npos);
  CHECK(success.find("encap seg6") != std::string::npos);
  REQUIRE(lab.at(plans, "mn").start.size() == 1);
  CHECK(routes(lab.at(plans, "mn").start) == 1);
  CHECK(command(lab.at(plans, "map").start).find("blackhole") != std::string::npos);
}

TEST_CASE("attached behind one router, every other access router of the mobile is off") {
  const Lab lab;
  const auto actions = attached(lab.geography(), lab.mechanism("prompt-scheduled"), lab.binding);
  // The last word on a route is what holds.
  const auto told = [&](const char* node, std::size_t from_behind) {
    const auto& set = std::get<SetRoutes>(actions.at(lab.node(node)).front()).routes;
    return set.at(set.size() - from_behind);
  };
  const auto off = resolve(lab.geography(), lab.binding, lab.node("ar1"), {config::RouteVerb::off, {}});
  for (std::size_t i = 0; i < off.size(); ++i) CHECK(told("ar1", off.size() - i) == off[i]);
  CHECK(told("mn", 1).device == "ar2");
  CHECK(told("map", 3).device == "ar2");
  CHECK(told("ar2", 3).device == "mn");
}
