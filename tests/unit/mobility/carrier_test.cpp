// A link that loses its carrier with the radio: what the mobile's interface is told, and when that is as it was.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "orchestrator/mobility/ends_attached.hpp"
#include "orchestrator/mobility/plans.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/unit/mobility/prompt_lab.hpp"

using namespace segue;
using namespace segue::mobility;
using protocol::SetOperational;

namespace {

config::Mechanism moving(const PromptLab& lab, const std::string& leave, const std::string& join) {
  const Scratch scratch;
  return config::load_mechanism(
      scratch.write("mechanisms/x.toml",
                    "[[attached]]\nat = \"anchor\"\nroute = \"tunnel new\"\n"
                    "[[attached]]\nat = \"new\"\nroute = \"through\"\n"
                    "[[attached]]\nat = \"mobile\"\nroute = \"via new\"\n"
                    "[[start]]\nat = \"mobile\"\nradio = \"" +
                        leave +
                        "\"\n"
                        "[[start]]\nat = \"new\"\nroute = \"through\"\n"
                        "[[step]]\nname = \"join\"\nat = \"mobile\"\nwait = \"20ms\"\nradio = \"" +
                        join +
                        "\"\nroute = \"via new\"\n"
                        "[[step]]\nname = \"update\"\nfrom = \"mobile\"\nto = \"anchor\"\nvia = "
                        "\"new\"\nlayer = 3\nmessage = \"update\"\nroute = \"tunnel new\"\n"
                        "[[step]]\nname = \"away\"\nat = \"old\"\nafter = []\nwait = \"1s\"\nroute = "
                        "\"off\"\n"),
      lab.topology);
}

std::vector<SetOperational> told(const std::vector<protocol::Action>& actions) {
  std::vector<SetOperational> result;
  for (const auto& action : actions) {
    if (const auto* one = std::get_if<SetOperational>(&action)) result.push_back(*one);
  }
  return result;
}

using Told = std::vector<SetOperational>;

}  // namespace

TEST_CASE("a mobile's interface loses its carrier as it leaves, and the other has one as it joins") {
  const PromptLab lab;
  const auto mechanism = moving(lab, "leave old carrier", "join new carrier");
  CHECK_NOTHROW(require_ends_attached(lab.geography(), mechanism, lab.node("mn")));
  for (const auto& plan : plans_for(lab.geography(), mechanism, lab.binding, 1)) {
    if (plan.node != lab.node("mn")) continue;
    CHECK(told(plan.start) == Told{{"ar1", false}});
    CHECK(told(plan.steps.front().on_done) == Told{{"ar2", true}});
  }
  CHECK(told(attached(lab.geography(), mechanism, lab.binding).at(lab.node("mn"))) ==
        Told{{"ar1", false}, {"ar2", true}});
}

TEST_CASE("a radio that is silent leaves the interface alone") {
  const PromptLab lab;
  const auto mechanism = moving(lab, "leave old", "join new");
  for (const auto& plan : plans_for(lab.geography(), mechanism, lab.binding, 1)) CHECK(told(plan.start).empty());
  CHECK(told(attached(lab.geography(), mechanism, lab.binding).at(lab.node("mn"))).empty());
}

TEST_CASE("a carrier that does not come back is a mechanism that does not end in what it calls attached") {
  const PromptLab lab;
  CHECK_THROWS_WITH_AS(
      require_ends_attached(lab.geography(), moving(lab, "leave old carrier", "join new"), lab.node("mn")),
      "mechanism x: it does not end in what it calls attached: after a handover from ar1 to ar2 the links of mn that "
      "have "
      "lost their carrier are those with ar1, ar2, and attached those with ar1; add the action to a step, or change "
      "[[attached]]",
      InputError);
}
