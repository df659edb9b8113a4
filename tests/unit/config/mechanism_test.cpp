#include "orchestrator/config/mechanism.hpp"

#include <doctest/doctest.h>

#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::config;
using namespace std::chrono_literals;

namespace {

constexpr const char* topology_text = R"([nodes.mn]
role = "mobile"
[nodes.ar1]
role = "access-router"
[nodes.ar2]
role = "access-router"
[nodes.map]
role = "anchor"
[nodes.r1]
role = "router"
[nodes.r2]
role = "router"
[links.a]
between = ["mn", "ar1"]
[links.b]
between = ["mn", "ar2"]
[links.c]
between = ["map", "ar1"]
[links.d]
between = ["map", "ar2"]
)";

constexpr const char* good = R"(title = "A good one"
complete = "two"
order = 7
default = false
routes-by = "ip"
[reference]
completion = "48ms"
completion-error = "1ms"
lost-uplink = 8
lost-downlink = 59.5
source = "table 2"
[defaults]
delay = "1ms"
timeout = "2s"
retries = 2
retry-after = "300ms"
[[attached]]
at = "map"
route = "tunnel new"
[[start]]
at = "mobile"
route = "off"
[[step]]
name = "one"
from = "anchor"
to = "mobile"
message = "come over"
layer = 3
via = "old"
delay = "2ms"
[[step]]
name = "two"
from = "mn"
to = "new"
message = "here I am"
layer = 2
route = ["off", "through tunnel anchor"]
execute = "logger moved"
[[step]]
name = "three"
from = "anchor"
to = "old"
message = "forget it"
layer = 3
after = ["one"]
retries = 0
)";

// Steps "s1", "s2" … of which the first lines are `lines`; line 1 is the first [[step]].
std::string load_complaint(const std::string& text) {
  const Scratch scratch;
  const Topology topology = load_topology(scratch.write("topology.toml", topology_text));
  const auto file = scratch.write("mechanisms/x.toml", text);
  return complaint([&] { load_mechanism(file, topology); });
}

std::string step(const std::string& name, const std::string& from, const std::string& to, const std::string& more) {
  return "[[step]]\nname = \"" + name + "\"\nfrom = \"" + from + "\"\nto = \"" + to + "\"\nmessage = \"m\"\n" + more +
         "\n";
}

// One good layer 2 step in six lines, then the rest.
std::string after_one(const std::string& text) {
  return load_complaint(step("s1", "mobile", "new", "layer = 2") + text);
}

std::string one(const std::string& from, const std::string& to, const std::string& more) {
  return load_complaint(step("s1", from, to, more));
}

}  // namespace

TEST_CASE("a mechanism is read with its defaults, its steps and what they wait for") {
  const Scratch scratch;
  const Topology topology = load_topology(scratch.write("topology.toml", topology_text));
  const Mechanism mechanism = load_mechanism(scratch.write("mechanisms/good.toml", good), topology);
  CHECK(mechanism.name == "good");
  CHECK(mechanism.title == "A good one");
  CHECK(mechanism.order == 7);
  CHECK_FALSE(mechanism.by_default);
  CHECK(mechanism.routes_by_ip);
  CHECK(mechanism.reference.completion == 48ms);
  CHECK(mechanism.reference.lost_uplink == 8);
  CHECK(mechanism.reference.lost_downlink == 59.5);
  CHECK(mechanism.reference.source == "table 2");
  REQUIRE(mechanism.attached.size() == 1);
  CHECK(mechanism.attached[0].action == Action(RouteAction{RouteVerb::tunnel, "new"}));
  CHECK(mechanism.start[0].at == "mobile");
  REQUIRE(mechanism.steps.size() == 3);
  CHECK(mechanism.completes == Completes{1, 1});
  const Step& first = mechanism.steps[0];
  CHECK(first.via == "old");
  CHECK(first.delay == 2ms);
  CHECK(first.timeout == 2s);
  CHECK(first.retries == 2);
  CHECK(first.retry_after == 300ms);
  CHECK(first.after.empty());
  CHECK(first.line == 23);
  CHECK(mechanism.steps[1].after == std::vector<std::size_t>{0});
  CHECK(mechanism.steps[1].delay == 1ms);
  const std::vector<Action> actions{RouteAction{RouteVerb::off, ""}, RouteAction{RouteVerb::through_tunnel, "anchor"}};
  CHECK(mechanism.steps[1].actions == actions);
  CHECK(mechanism.steps[1].execute == "logger moved");
  CHECK(mechanism.steps[2].after == std::vector<std::size_t>{0});
  CHECK(mechanism.steps[2].retries == 0);
}

TEST_CASE("route actions survive the way to text and back") {
  for (const char* text : {"off", "through", "through tunnel anchor", "via new", "tunnel ar-2", "none"}) {
    CHECK(to_text(parse_route_action(text)) == text);
  }
  for (const char* text :
       {"", "on", "via", "via ", "via a b", "through anchor", "through tunnel", "tunnel  x", "off x"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_route_action(text), InputError);
  }
  CHECK(complaint([] { parse_route_action("on"); }) ==
        "\"on\": it is \"off\", \"through\", \"through tunnel NODE\", \"via NODE\", \"tunnel NODE\" or \"none\", and a "
        "tunnel may have \"via NODE\" behind it");
}

TEST_CASE("names that mean nobody, or nobody in particular") {
  const std::string place = "mechanisms/x.toml:1: step \"s1\": ";
  CHECK(one("achor", "new", "layer = 3") ==
        place + "from there is no role or node \"achor\"; did you mean \"anchor\"?");
  CHECK(one("new", "correspondent", "layer = 3") == place + "to \"correspondent\": no node has this role");
  CHECK(one("new", "router", "layer = 3") == place + "to \"router\": several nodes have this role (r1, r2); name one");
  CHECK(one("new", "new", "layer = 3") == place + "new sends it to itself");
  CHECK(one("mobile", "mn", "layer = 2") == place + "mobile sends it to itself");
  CHECK(one("anchor", "map", "layer = 3") == place + "anchor sends it to itself");
}

TEST_CASE("layers: which there are, and what they need") {
  const std::string place = "mechanisms/x.toml:1: step \"s1\": ";
  CHECK(one("mobile", "new", "layer = 4") == "mechanisms/x.toml:6: step \"s1\": layer 4: it is 2 or 3");
  CHECK(one("mobile", "new", "") == place + "layer is missing, as in layer = 3");
  CHECK(one("mobile", "anchor", "layer = 2") == place + "layer 2: there is no link between mn and map");
  CHECK(one("old", "new", "layer = 2") == place + "layer 2: there is no link between ar1 and ar2");
  CHECK(one("anchor", "new", "layer = 2") == "");
  CHECK(one("mobile", "new", "layer = 2\nvia = \"new\"") == place + "via: a layer 2 message has only its own link");
  CHECK(one("mobile", "anchor", "layer = 3") == place + "via is missing: over which access link, \"old\" or \"new\"?");
  CHECK(one("anchor", "new", "layer = 3\nvia = \"new\"") == place + "via: it is for messages from or to the mobile");
  CHECK(one("mobile", "anchor", "layer = 3\nvia = \"ar1\"") ==
        "mechanisms/x.toml:7: step \"s1\": via \"ar1\": it is \"old\" or \"new\"");
  CHECK(one("anchor", "r1", "layer = 3") == place + "there is no path from map to r1");
}

TEST_CASE("route actions that cannot be") {
  const auto with = [](const std::string& to, const std::string& route) {
    return one(
        to == "mobile" ? "new" : "mobile", to,
        (to == "anchor" ? "layer = 3\nvia = \"new\"\n" : "layer = 2\n") + std::string("route = \"") + route + "\"");
  };
  const std::string place = "mechanisms/x.toml:1: step \"s1\": ";
  CHECK(with("new", "throuhg") ==
        "mechanisms/x.toml:7: step \"s1\": route \"throuhg\": it is \"off\", \"through\", "
        "\"through tunnel NODE\", \"via NODE\", \"tunnel NODE\" or \"none\", and a tunnel may have \"via NODE\" behind "
        "it");
  CHECK(with("mobile", "through") == place + "route \"through\": at a mobile it is \"off\" or \"via NODE\"");
  CHECK(with("mobile", "via anchor") == place + "route \"via anchor\": mn has no link with map");
  CHECK(with("mobile", "via new") == "");
  CHECK(with("anchor", "through") == place + "route \"through\": map has no link with mn");
  CHECK(with("anchor", "tunnel anchor") == place + "route \"tunnel anchor\": it leads back to the node it is set on");
  CHECK(with("anchor", "tunnel mobile") == place + "route \"tunnel mobile\": the way to the mobile is \"through\"");
  CHECK(with("anchor", "tunnel nwe") == place + "route there is no role or node \"nwe\"; did you mean \"new\"?");
  CHECK(after_one("[[start]]\nat = \"nobody\"\nroute = \"off\"\n") ==
        "mechanisms/x.toml:7: start: at there is no role or node \"nobody\"; known are mobile, old, new, anchor, "
        "correspondent, home, mn, ar1, ar2, map, r1, r2");
  CHECK(after_one("[[attached]]\nat = \"new\"\n") ==
        "mechanisms/x.toml:7: attached: route is missing, as in route = \"off\"");
}

TEST_CASE("a tunnel is led over a node that is neither of its ends, in any handover") {
  const auto with = [](const std::string& route) {
    return one("new", "anchor", "layer = 3\nroute = \"" + route + "\"");
  };
  const std::string place = "mechanisms/x.toml:1: step \"s1\": route ";
  CHECK(with("tunnel new via r1") == "");
  CHECK(with("tunnel new via anchor") == place + "\"tunnel new via anchor\": map is an end of it in some handover");
  CHECK(with("tunnel new via ar2") == place + "\"tunnel new via ar2\": ar2 is an end of it in some handover");
  CHECK(with("tunnel new via mobile") == place + "\"tunnel new via mobile\": a tunnel is not led over a mobile");
  CHECK(with("tunnel new via r3").find("route there is no role or node \"r3\"") != std::string::npos);
  CHECK(with("tunnel new via old") == "");  // never the new one
}

TEST_CASE("where packets are copied, and where forwarded ones are told apart") {
  const auto at = [](const std::string& node, const std::string& action) {
    return load_complaint("[[step]]\nname = \"s1\"\nat = \"" + node + "\"\n" + action + "\n");
  };
  const std::string place = "mechanisms/x.toml:1: step \"s1\": ";
  CHECK(at("anchor", "bicast = \"tunnel new delayed 20ms\"") == "");
  CHECK(at("new", "bicast = \"through\"") == "");
  CHECK(at("r1", "bicast = \"off\"") == "");
  CHECK(at("mobile", "bicast = \"via new\"") ==
        place + "bicast \"via new\": it is for packets to the mobile, and not done there");
  CHECK(at("anchor", "bicast = \"through\"") == place + "bicast \"through\": map has no link with mn");
  CHECK(at("anchor", "bicast = \"tunnel anchor\"") ==
        place + "bicast \"tunnel anchor\": it leads back to the node it is set on");
  CHECK(at("anchor", "bicast = \"tunnel nwe\"").find("bicast there is no role or node \"nwe\"") != std::string::npos);
  CHECK(at("new", "buffer = \"hold forwarded\"") == "");
  CHECK(at("anchor", "buffer = \"hold\"") == "");
  for (const char* node : {"anchor", "mobile"}) {
    CHECK(at(node, "buffer = \"hold direct\"") ==
          place + "buffer \"hold direct\": forwarded and direct packets are told apart at an access router");
  }
  CHECK(after_one("[[attached]]\nat = \"anchor\"\nbicast = \"tunnel new\"\n").find("attached has routes and windows") !=
        std::string::npos);
}

TEST_CASE("what steps wait for") {
  CHECK(
      after_one(step("s2", "new", "mobile", "layer = 2\nafter = \"s3\"") + step("s3", "mobile", "new", "layer = 2")) ==
      "mechanisms/x.toml:7: step \"s2\": after goes round in a circle: s2 after s3 after s2");
  CHECK(after_one(step("s2", "new", "mobile", "layer = 2\nafter = \"s2\"")) ==
        "mechanisms/x.toml:7: step \"s2\": after goes round in a circle: s2 after s2");
  CHECK(after_one(step("s2", "new", "mobile", "layer = 2\nafter = [\"s1\", \"sl\"]")) ==
        "mechanisms/x.toml:13: step \"s2\": after: there is no step \"sl\"; did you mean \"s1\"?");
  CHECK(
      after_one(step("s2", "anchor", "old", "layer = 3")) ==
      "mechanisms/x.toml:7: step \"s2\": after \"s1\": anchor neither sends nor receives that step, so it cannot know");
  CHECK(after_one(step("s2", "anchor", "old", "layer = 3\nafter = []")) == "");
  CHECK(after_one(step("s2", "ar2", "anchor", "layer = 3")) ==
        "mechanisms/x.toml:7: step \"s2\": after \"s1\": ar2 neither sends nor receives that step, so it cannot know");
}

TEST_CASE("steps that lack what they need, or have it twice") {
  CHECK(load_complaint("title = \"x\"") ==
        "mechanisms/x.toml: it has no steps; a mechanism needs one at least, under [[step]]");
  CHECK(after_one(step("s1", "new", "mobile", "layer = 2")) ==
        "mechanisms/x.toml:7: step \"s1\": the step in line 1 has this name too");
  CHECK(load_complaint("[[step]]\nfrom = \"mobile\"\nto = \"new\"\nlayer = 2\nmessage = \"\"") ==
        "mechanisms/x.toml:1: step \"#1\": name is missing, as in name = \"…\"\n"
        "mechanisms/x.toml:5: step \"#1\": message: it is empty");
  CHECK(one("mobile", "new", "layer = 2\nexecute = \" \"") == "mechanisms/x.toml:7: step \"s1\": execute: it is empty");
  CHECK(one("mobile", "new", "layer = 2\ntimeout = \"0s\"") ==
        "mechanisms/x.toml:7: step \"s1\": timeout: nothing arrives in no time");
  CHECK(one("mobile", "new", "layer = 2\nretries = -1") ==
        "mechanisms/x.toml:7: step \"s1\": retries -1: it goes from 0 to 100");
  CHECK(one("mobile", "new", "layer = 2\ndelai = \"1ms\"") ==
        "mechanisms/x.toml:7: step \"s1\": unknown key \"delai\"; did you mean \"delay\"?");
  CHECK(load_complaint("complete = \"s2\"\n" + step("s1", "mobile", "new", "layer = 2")) ==
        "mechanisms/x.toml:1: complete: there is no step \"s2\"; did you mean \"s1\"?");
  CHECK(load_complaint("routes-by = \"hand\"\n" + step("s1", "mobile", "new", "layer = 2")) ==
        "mechanisms/x.toml:1: routes-by \"hand\": it is \"netlink\" or \"ip\"");
}

TEST_CASE("a lab whose mobile has nowhere to go cannot have mechanisms") {
  const Scratch scratch;
  const auto file = scratch.write("mechanisms/x.toml", step("s1", "anchor", "r", "layer = 3"));
  const std::string nodes = "[nodes.map]\nrole = \"anchor\"\n[nodes.r]\nrole = \"access-router\"\n";
  const std::string link = "[links.l]\nbetween = [\"map\", \"r\"]\n";
  const auto said = [&](const std::string& more) {
    const Topology topology = load_topology(scratch.write("topology.toml", nodes + link + more));
    return complaint([&] { load_mechanism(file, topology); });
  };
  CHECK(said("") == "mechanisms/x.toml: the lab has no node whose role is mobile, so nothing can hand over");
  CHECK(said("[nodes.m]\nrole = \"mobile\"\n[links.k]\nbetween = [\"m\", \"r\"]\n") ==
        "mechanisms/x.toml: mobile node \"m\" has links with 1 access routers; a handover takes two");
}

TEST_CASE("all mechanisms of a lab come in their order, with the mistakes of all files at once") {
  const Scratch scratch;
  const Topology topology = load_topology(scratch.write("topology.toml", topology_text).parent_path());
  CHECK(load_mechanisms(topology).empty());
  scratch.write("mechanisms/c.toml", "order = 1\n" + step("s1", "mobile", "new", "layer = 2"));
  scratch.write("mechanisms/b.toml", step("s1", "mobile", "new", "layer = 2"));
  scratch.write("mechanisms/a.toml", step("s1", "mobile", "new", "layer = 2"));
  scratch.write("mechanisms/notes.txt", "not a mechanism");
  const auto mechanisms = load_mechanisms(topology);
  REQUIRE(mechanisms.size() == 3);
  CHECK(mechanisms[0].name == "c");
  CHECK(mechanisms[1].name == "a");
  CHECK(mechanisms[2].name == "b");
  scratch.write("mechanisms/a.toml", "order =");
  scratch.write("mechanisms/c.toml", "order = -1\n" + step("s1", "mobile", "nwe", "layer = 2"));
  const auto said = complaint([&] { load_mechanisms(topology); });
  CHECK(said.starts_with("mechanisms/a.toml:1:"));
  CHECK(said.find("\nmechanisms/c.toml:1: order -1: it goes from 0 to 1000000\n"
                  "mechanisms/c.toml:2: step \"s1\": to there is no role or node \"nwe\"; did you mean \"new\"?") !=
        std::string::npos);
}
