#include "orchestrator/mobility/plans.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "tests/unit/mobility/prompt_lab.hpp"

using namespace segue;
using namespace segue::mobility;
using protocol::Plan;
using protocol::PlanStep;

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

const PlanStep& step(const std::vector<Plan>& plans, const std::string& name) {
  const auto& steps = plans.front().steps;
  const auto found = std::find_if(steps.begin(), steps.end(), [&](const PlanStep& one) { return one.name == name; });
  REQUIRE(found != steps.end());
  return *found;
}

}  // namespace

TEST_CASE("every node that takes part has a plan, with all steps and its own start") {
  const Lab lab;
  const auto plans = lab.plans("prompt-scheduled");
  REQUIRE(plans.size() == 4);  // mn, ar1, ar2, map
  for (const Plan& plan : plans) {
    CHECK(plan.handover == 7);
    CHECK(plan.steps.size() == 9);
    CHECK(plan.start_execute.empty());
  }
  CHECK(lab.at(plans, "mn").start.size() == 1);
  CHECK(lab.at(plans, "ar1").start.size() == 3);
  CHECK(lab.at(plans, "map").start.size() == 3);
  CHECK(lab.at(plans, "ar2").start.empty());
}

TEST_CASE("layer 3 messages go between node addresses, the mobile's from and to the access link it uses") {
  const Lab lab;
  const auto plans = lab.plans("prompt-scheduled");
  const PlanStep& prepare = step(plans, "prepare");
  CHECK(prepare.layer == 3);
  CHECK(prepare.from == lab.node("map"));
  CHECK(prepare.to == lab.node("ar2"));
  CHECK(prepare.from_address == lab.address("map"));
  CHECK(prepare.to_address == lab.address("ar2"));
  // The command reaches the mobile through the old router, and not at the data address, which is off.
  const PlanStep& command = step(plans, "command");
  CHECK(command.to_address == lab.end("mn", "ar1").address);
  CHECK(command.to_address != lab.address("mn"));
  const auto mobile_ip = lab.plans("mobile-ipv6-eap-aka");
  CHECK(step(mobile_ip, "binding update to home").from_address == lab.end("mn", "ar2").address);
}

TEST_CASE("layer 2 messages name both ends of the one link between their nodes") {
  const Lab lab;
  const PlanStep attach = step(lab.plans("prompt-scheduled"), "attach");
  CHECK(attach.layer == 2);
  CHECK(attach.from_interface == lab.end("mn", "ar2").interface);
  CHECK(attach.to_interface == lab.end("ar2", "mn").interface);
  CHECK(attach.from_mac == lab.end("mn", "ar2").mac);
  CHECK(attach.to_mac == lab.end("ar2", "mn").mac);
}

TEST_CASE("a step is confirmed when its sender sends again after it, and only then") {
  const Lab lab;
  const auto plans = lab.plans("prompt-scheduled");
  CHECK(step(plans, "success").confirmed);  // the new router reports once the mobile has it
  for (const char* name :
       {"prepare", "acknowledge", "command", "attach", "challenge", "response", "handover success"}) {
    CAPTURE(name);
    CHECK_FALSE(step(plans, name).confirmed);
  }
}

TEST_CASE("waiting, processing and route actions are those of the file") {
  const Lab lab;
  const auto mechanism = lab.mechanism("prompt-scheduled");
  const auto plans = lab.of(mechanism);
  for (std::size_t i = 0; i < mechanism.steps.size(); ++i) {
    const PlanStep& bound = plans.front().steps[i];
    CHECK(bound.delay == mechanism.steps[i].delay);
    CHECK(bound.timeout == mechanism.steps[i].timeout);
    CHECK(std::vector<std::size_t>(bound.after.begin(), bound.after.end()) == mechanism.steps[i].after);
  }
  CHECK(step(plans, "response").routes.size() == 3);  // through tunnel anchor, at the new router
  CHECK(step(plans, "success").routes.size() == 1);   // via new, at the mobile
  CHECK(step(plans, "release").routes.size() == 3);   // off, at the old router
  CHECK(step(plans, "prepare").routes.empty());
}

TEST_CASE("the copy that calls ip has commands in the place of routes, but for what the radio does") {
  const Lab lab;
  const auto plans = lab.plans("prompt-scheduled-ip-route");
  const PlanStep& success = step(plans, "handover success");
  CHECK(success.routes.empty());
  CHECK(success.execute.find("ip -6 route replace ") != std::string::npos);
  CHECK(success.execute.find("encap seg6") != std::string::npos);
  CHECK(lab.at(plans, "mn").start.size() == 1);
  CHECK(lab.at(plans, "mn").start_execute.empty());
  CHECK(lab.at(plans, "map").start.empty());
  CHECK(lab.at(plans, "map").start_execute.find("blackhole") != std::string::npos);
}

TEST_CASE("attached behind one router, every other access router of the mobile is off") {
  const Lab lab;
  const auto routes = attached_routes(lab.geography(), lab.mechanism("prompt-scheduled"), lab.binding);
  REQUIRE(routes.contains(lab.node("ar1")));
  const auto off = resolve(lab.geography(), lab.binding, lab.node("ar1"), {config::RouteVerb::off, {}});
  CHECK(routes.at(lab.node("ar1")) == off);
  CHECK(routes.at(lab.node("mn")).front().device == "ar2");
  CHECK(routes.at(lab.node("map")).front().device == "ar2");
  CHECK(routes.at(lab.node("ar2")).front().device == "mn");
}
