// What a mechanism's ways are in a handover, step by step.
#include "orchestrator/config/expansion.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "orchestrator/config/names.hpp"
#include "orchestrator/config/routes.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/unit/config/tree_lab.hpp"

using namespace segue;
using namespace segue::config;
using segue::test::hard_handoff;
using segue::test::tree_lab;

namespace {

struct Lab {
  explicit Lab(const std::string& text = tree_lab)
      : topology(load_topology(scratch.write("topology.toml", text))), paths(topology) {}

  Mechanism mechanism(const std::string& text) const {
    return load_mechanism(scratch.write("mechanisms/x.toml", text), topology);
  }
  std::string refused(const std::string& text) const {
    return complaint([&] { mechanism(text); });
  }
  Binding between(const char* old_router, const char* new_router) const {
    return {node("mn"), node(old_router), node(new_router)};
  }
  std::size_t node(const char* name) const { return find_node(topology, name); }
  WayBetween way() const {
    return [this](std::size_t from, std::size_t to) { return paths.path(from, to); };
  }
  Mechanism in(const Mechanism& mechanism, const Binding& binding) const {
    return expanded(mechanism, topology, binding, way());
  }

  Scratch scratch;
  Topology topology;
  Paths paths;
};

// "update (r11): new > r11 {route via new} after 0".
std::vector<std::string> lines(const Mechanism& mechanism) {
  std::vector<std::string> result;
  for (const Step& step : mechanism.steps) {
    std::string text = step.name + ": " + (step.local() ? "at " + step.to : step.from + " > " + step.to);
    if (!step.via.empty()) text += " via " + step.via;
    std::vector<std::string> actions;
    for (const Action& action : step.actions) actions.push_back(fmt::format("{} {}", key_of(action), to_text(action)));
    text += fmt::format(" {{{}}}", fmt::join(actions, ", "));
    if (!step.after.empty()) text += fmt::format(" after {}", fmt::join(step.after, ", "));
    result.push_back(text);
  }
  return result;
}

std::vector<std::string> placed(const std::vector<Placed>& all) {
  std::vector<std::string> result;
  result.reserve(all.size());
  for (const Placed& one : all) result.push_back(one.at + " " + to_text(one.action));
  return result;
}

std::string message(const std::string& name, const std::string& from, const std::string& to, const std::string& more) {
  return "[[step]]\nname = \"" + name + "\"\nfrom = \"" + from + "\"\nto = \"" + to +
         "\"\nlayer = 3\nmessage = \"m\"\n" + more;
}

const std::string hop_by_hop = "hop-by-hop = true\n";

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a hop-by-hop message comes to each router up to the crossover, one, two and three links up") {
  const Lab lab;
  const Mechanism mechanism = lab.mechanism(hard_handoff);
  CHECK(lines(lab.in(mechanism, lab.between("ar1", "ar2"))) ==
        Lines{"update (ar2): mobile > new via new {route through}", "update (r11): new > r11 {route via new} after 0",
              "time-out (r11): at r11 {}", "time-out (ar1): at old {route none}"});
  const Mechanism two = lab.in(mechanism, lab.between("ar1", "ar3"));
  CHECK(lines(two) == Lines{"update (ar3): mobile > new via new {route through}",
                            "update (r12): new > r12 {route via new} after 0",
                            "update (r1): r12 > r1 {route via r12} after 1", "time-out (r1): at r1 {}",
                            "time-out (r11): at r11 {route none}", "time-out (ar1): at old {route none}"});
  CHECK(two.completes == Completes{2, 2});
  const Mechanism three = lab.in(mechanism, lab.between("ar1", "ar4"));
  CHECK(lines(three) ==
        Lines{"update (ar4): mobile > new via new {route through}", "update (r21): new > r21 {route via new} after 0",
              "update (r2): r21 > r2 {route via r21} after 1", "update (gw): r2 > anchor {route via r2} after 2",
              "time-out (gw): at anchor {}", "time-out (r1): at r1 {route none}", "time-out (r11): at r11 {route none}",
              "time-out (ar1): at old {route none}"});
  CHECK(three.completes == Completes{3, 3});
  // The way back is the same, and what is expanded stays as it is.
  CHECK(lines(lab.in(mechanism, lab.between("ar4", "ar1"))).size() == 8);
  CHECK(lines(lab.in(three, lab.between("ar1", "ar4"))) == lines(three));
}

TEST_CASE("along a way each router has what is placed there, and its ends what is said of them") {
  const Lab lab;
  const Mechanism mechanism = lab.mechanism(hard_handoff);
  CHECK(placed(attached_in(mechanism, lab.topology, lab.between("ar1", "ar3"), lab.way())) ==
        Lines{"anchor via r1", "r1 via r12", "r12 via new", "new through", "mobile via new"});
  CHECK(placed(attached_in(mechanism, lab.topology, lab.between("ar3", "ar4"), lab.way())) ==
        Lines{"anchor via r2", "r2 via r21", "r21 via new", "new through", "mobile via new"});
}

TEST_CASE("in a star the crossover is the middle, and the last router does what `last` says") {
  const Lab lab(R"([nodes]
mn.role = "mobile"
ar1.role = "access-router"
ar2.role = "access-router"
map.role = "anchor"
[links]
a = { between = ["mn", "ar1"] }
b = { between = ["mn", "ar2"] }
c = { between = ["map", "ar1"] }
d = { between = ["map", "ar2"] }
)");
  const Mechanism mechanism = lab.mechanism(
      message("up", "new", "crossover", hop_by_hop + "route = \"off\"\nlast = { route = \"via previous\" }\n") +
      message("down", "crossover", "old", hop_by_hop + "route = \"via previous\"\n") +
      message("on", "anchor", "mobile", hop_by_hop + "via = \"new\"\nroute = \"via next\"\nlast = {}\n") +
      message("thanks", "old", "new", "after = \"down\"\n"));
  CHECK(lines(lab.in(mechanism, lab.between("ar1", "ar2"))) ==
        Lines{"up (map): new > anchor {route via new}", "down (ar1): anchor > old {route via anchor} after 0",
              "on (ar2): anchor > new {route through} after 1", "on (mn): new > mobile via new {} after 2",
              "thanks: old > new {} after 1"});
}

TEST_CASE("where a way begins and ends at one node nothing is sent, and what needs no neighbour is done") {
  const Lab lab(R"([nodes]
mn.role = "mobile"
ar1.role = "access-router"
ar2.role = "access-router"
map.role = "anchor"
[links]
a = { between = ["mn", "ar1"] }
b = { between = ["mn", "ar2"] }
c = { between = ["map", "ar1"] }
d = { between = ["ar1", "ar2"] }
)");
  const Mechanism mechanism =
      lab.mechanism(message("up", "new", "crossover", hop_by_hop + "route = [\"via previous\", \"off\"]\n") +
                    message("on", "new", "anchor", ""));
  CHECK(lines(lab.in(mechanism, lab.between("ar1", "ar2"))) ==
        Lines{"up (ar1): new > old {route via new, route off}", "on: new > anchor {} after 0"});
  CHECK(lines(lab.in(mechanism, lab.between("ar2", "ar1"))) ==
        Lines{"up (ar1): at new {route off}", "on: new > anchor {} after 0"});
}

TEST_CASE("a step waits for the part of a hop-by-hop message that its own node knows of") {
  const Lab lab;
  const std::string up = message("up", "mobile", "crossover", hop_by_hop + "via = \"new\"\n");
  const Mechanism mechanism =
      lab.mechanism(up + message("of mobile", "mobile", "new", "via = \"new\"\nafter = \"up\"\n") +
                    message("of new", "new", "old", "after = \"up\"\n") +
                    message("of crossover", "crossover", "old", "after = \"up\"\n"));
  const Mechanism far = lab.in(mechanism, lab.between("ar1", "ar4"));
  REQUIRE(far.steps.size() == 7);
  CHECK(far.steps[4].after == std::vector<std::size_t>{0});  // confirmed to the mobile
  CHECK(far.steps[5].after == std::vector<std::size_t>{0});  // done at the new router
  CHECK(far.steps[6].after == std::vector<std::size_t>{3});  // done at the crossover
}

TEST_CASE("what a mechanism cannot say of ways is refused with its place") {
  const Lab lab;
  const std::string place = "mechanisms/x.toml:1: step \"s\": ";
  const auto s = [&](const std::string& more) { return lab.refused(message("s", "new", "crossover", more)); };
  CHECK(s("route = \"via previous\"\n") ==
        place + "route \"via previous\": previous is the neighbour on a way: of a hop-by-hop message, or along one");
  CHECK(s(hop_by_hop + "last = { route = \"via next\" }\n") ==
        place + "next: no node comes behind this one (in a handover from ar1 to ar2)");
  CHECK(s("last = {}\n") == "mechanisms/x.toml:7: step \"s\": last: it is of a way: of hop-by-hop, or along");
  CHECK(s(hop_by_hop + "last = { rout = \"off\" }\n") ==
        "mechanisms/x.toml:8: step \"s\": last: unknown key \"rout\"; did you mean \"route\"?");
  CHECK(s(hop_by_hop + "first = {}\n") ==
        "mechanisms/x.toml:8: step \"s\": unknown key \"first\"; known are name, from, to, message, layer, via, delay, "
        "timeout, retries, retry-after, hop-by-hop, after, …");
  CHECK(s("hop-by-hop = 1\n") ==
        "mechanisms/x.toml:7: step \"s\": hop-by-hop: true or false is wanted, not an integer");
  CHECK(s(hop_by_hop + "route = \"through\"\n") ==
        "mechanisms/x.toml:1: step \"s (r11)\": route \"through\": r11 has no link with mn");
  CHECK(lab.refused("[[step]]\nname = \"s\"\nfrom = \"mobile\"\nto = \"new\"\nlayer = 2\nmessage = \"m\"\n" +
                    hop_by_hop) == place + "hop-by-hop: a layer 2 message crosses one link; it is of layer 3");
  CHECK(lab.refused(message("s", "mobile", "crossover", hop_by_hop)) ==
        place + "via is missing: over which access link, \"old\" or \"new\"?");
  CHECK(lab.refused(message("s", "previous", "crossover", hop_by_hop)) ==
        place + "from \"previous\": only actions speak of it");
  CHECK(lab.refused(message("s", "nwe", "crossover", hop_by_hop)) ==
        place + "from there is no role or node \"nwe\"; did you mean \"new\"?");
  CHECK(
      lab.refused(message("s", "new", "crossover", hop_by_hop) + message("t", "r2", "old", "after = \"s\"\n")) ==
      "mechanisms/x.toml:8: step \"t\": after \"s (r11)\": r2 neither sends nor receives that step, so it cannot know");
}

TEST_CASE("and of along, home and complete") {
  const Lab lab;
  const std::string good = message("s", "new", "anchor", "");
  const auto attached = [&](const std::string& more) { return lab.refused("[[attached]]\n" + more + good); };
  CHECK(attached("along = [\"anchor\", \"new\"]\nroute = \"via next\"\n") ==
        "mechanisms/x.toml:1: attached: next: no node comes behind this one (in a handover from ar1 to ar2)");
  CHECK(attached("along = [\"anchor\"]\nroute = \"off\"\n") ==
        "mechanisms/x.toml:2: attached: along: it goes from one node to another, as in along = [\"anchor\", \"new\"]");
  CHECK(attached("at = \"new\"\nalong = [\"anchor\", \"new\"]\nroute = \"off\"\n") ==
        "mechanisms/x.toml:3: attached: along: it is given at one node already");
  CHECK(attached("at = \"crossover\"\nroute = \"off\"\n") ==
        "mechanisms/x.toml:1: attached: at \"crossover\": it is of a handover, and attached is of one router, wherever "
        "the mobile has come from");
  CHECK(attached("along = [\"anchor\", \"mobile\"]\nroute = \"off\"\n") ==
        "mechanisms/x.toml:1: attached: along \"mobile\": it goes from router to router");
  CHECK(lab.refused(good + "[[step]]\nname = \"t\"\nafter = []\nat = \"new\"\nalong = [\"old\", \"new\"]\n") ==
        "mechanisms/x.toml:11: step \"t\": along: it is given at one node already");
  CHECK(lab.refused("[[start]]\nalong = [\"old\", \"new\"]\nroute = \"off\"\n" + good) ==
        "mechanisms/x.toml:1: start: at is missing, as in at = \"mobile\"\n"
        "mechanisms/x.toml:2: start: unknown key \"along\"; known are at, route, radio, buffer, bicast");
  CHECK(lab.refused("home = \"hme\"\n" + good) ==
        "mechanisms/x.toml:1: home there is no role or node \"hme\"; did you mean \"home\"?");
  CHECK(lab.refused("home = \"new\"\n" + good) ==
        "mechanisms/x.toml:1: home \"new\": it is the same node in every handover, and none that moves");
  CHECK(lab.refused("complete = { uplink = \"s\", downlink = \"t\" }\n" + good) ==
        "mechanisms/x.toml:1: complete: downlink: there is no step \"t\"; known is s");
  CHECK(lab.refused("complete = { uplink = \"s\" }\n" + good) ==
        "mechanisms/x.toml:1: complete: downlink is missing, as in downlink = \"…\"");
  CHECK(lab.refused("complete = 1\n" + good) ==
        "mechanisms/x.toml:1: complete: a string in quotes is wanted, not an integer");
  const Lab homeless(R"([nodes]
mn.role = "mobile"
ar1.role = "access-router"
ar2.role = "access-router"
[links]
a = { between = ["mn", "ar1"] }
b = { between = ["mn", "ar2"] }
c = { between = ["ar1", "ar2"] }
)");
  CHECK(homeless.refused(message("s", "new", "crossover", "")) ==
        "mechanisms/x.toml:1: step \"s\": crossover: the mobile has no home and the lab no correspondent, from which "
        "ways begin (in a handover from ar1 to ar2)");
}

TEST_CASE("each direction may have a completing step of its own") {
  const Lab lab;
  const Mechanism mechanism =
      lab.mechanism("complete = { uplink = \"s\", downlink = \"t\" }\n" + message("t", "new", "crossover", hop_by_hop) +
                    message("s", "new", "anchor", "") + message("u", "new", "anchor", ""));
  CHECK(mechanism.completes == Completes{1, 0});
  CHECK(mechanism.completes.by_direction());
  CHECK(lab.in(mechanism, lab.between("ar1", "ar3")).completes == Completes{2, 1});
}

TEST_CASE("no node is called after a place on a way") {
  for (const char* name : {"crossover", "previous", "next"}) CHECK_FALSE(fault_of_node_name(name).empty());
}
