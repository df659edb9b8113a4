#include "orchestrator/mobility/tunnels.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "nodes/base/error.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::config;
using namespace segue::mobility;

namespace {

// Two cells behind an anchor, and a home agent behind the anchor; `more` are the MTUs, as in "ar1.mtu = 1600".
struct Lab {
  explicit Lab(const std::string& mtus, const std::string& correspondent = "correspondent") {
    std::string text =
        "[nodes.mn]\nrole = \"mobile\"\n[nodes.ar1]\nrole = \"access-router\"\n[nodes.ar2]\nrole = \"access-router\"\n"
        "[nodes.map]\nrole = \"anchor\"\n[nodes.cn]\nrole = \"" +
        correspondent + "\"\n[nodes.home]\nrole = \"home\"\n";
    for (const char* ends : {"mn ar1", "mn ar2", "map ar1", "map ar2", "cn map", "home map"}) {
      std::string name = ends;
      const auto gap = name.find(' ');
      name[gap] = '-';
      text += "[links." + name + "]\nbetween = [\"" + name.substr(0, gap) + "\", \"" + name.substr(gap + 1) +
              "\"]\ndelay = \"1ms\"\n";
      const auto given = mtus.find(name + '=');
      if (given != std::string::npos) text += "mtu = " + mtus.substr(given + name.size() + 1, 4) + '\n';
    }
    topology = load_topology(scratch.write("topology.toml", text).parent_path());
  }

  Mechanism mechanism(const std::string& name, const std::string& at, const std::string& route) const {
    return load_mechanism(scratch.write("mechanisms/" + name + ".toml",
                                        "[[attached]]\nat = \"" + at + "\"\nroute = \"" + route +
                                            "\"\n[[step]]\nname = \"go\"\nfrom = \"mobile\"\nto = \"new\"\n"
                                            "message = \"go\"\nlayer = 2\nroute = \"through\"\n"),
                          topology);
  }

  std::vector<std::string> narrow(const std::vector<Mechanism>& mechanisms) const {
    std::vector<std::string> names;
    for (const NarrowLink& one : narrow_links(topology, mechanisms)) {
      names.push_back(topology.links[one.link].name + ' ' + std::to_string(one.needed));
    }
    return names;
  }

  Scratch scratch;
  Topology topology;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a link that a tunnel may cross has to have room for its headers") {
  const Lab lab("map-ar1=1564 map-ar2=1563");
  CHECK(lab.narrow({lab.mechanism("m", "anchor", "tunnel new")}) == Names{"map-ar2 1564"});
  CHECK(lab.narrow({lab.mechanism("m", "anchor", "via new")}).empty());
  CHECK(Lab("map-ar1=1600 map-ar2=1600").narrow({lab.mechanism("m", "anchor", "tunnel new")}).empty());
}

TEST_CASE("every link of the way counts, in either direction, and of every mechanism") {
  const Lab lab("map-ar1=1600 map-ar2=1600");
  const auto far = lab.mechanism("far", "home", "tunnel new");
  const auto up = lab.mechanism("up", "new", "through tunnel home");
  const auto down = lab.mechanism("down", "correspondent", "tunnel new");
  CHECK(lab.narrow({far}) == Names{"home-map 1564"});
  CHECK(lab.narrow({up}) == Names{"home-map 1564"});
  CHECK(lab.narrow({down}) == Names{"cn-map 1564"});
  CHECK(lab.narrow({far, up, down}) == Names{"cn-map 1564", "home-map 1564"});
  // Between the cells it goes by way of the anchor.
  CHECK(Lab("").narrow({lab.mechanism("m", "old", "tunnel new")}) == Names{"map-ar1 1564", "map-ar2 1564"});
}

TEST_CASE("no tunnel of the uplink ends at a correspondent: its end leads on, and would deliver nothing") {
  const Lab lab("");
  CHECK_THROWS_WITH_AS(lab.mechanism("up", "new", "through tunnel correspondent"),
                       doctest::Contains("to a correspondent they go by \"through\""), InputError);
}

TEST_CASE("a tunnel that is led over a node needs its segment, and room on the way there") {
  const Lab lab("map-ar1=1600 map-ar2=1600");
  auto over = lab.mechanism("over", "home", "tunnel new via correspondent");
  CHECK(lab.narrow({over}) == Names{"cn-map 1580", "home-map 1580"});
  std::get<RouteAction>(over.attached[0].action).encapsulation = Encapsulation::ip_in_ip;
  CHECK(lab.narrow({over}) == Names{"cn-map 1564", "home-map 1564"});
}

TEST_CASE("the tunnel of copies needs room too") {
  const Lab lab("map-ar1=1600");
  auto mechanism = lab.mechanism("m", "anchor", "via new");
  mechanism.steps[0].to = "anchor";
  mechanism.steps[0].actions = {BicastAction{{RouteVerb::tunnel, "new"}}};
  CHECK(lab.narrow({mechanism}) == Names{"map-ar2 1564"});
}

TEST_CASE("what is needed follows from the access link that the packets come from") {
  const Lab small("mn-ar1=1400 mn-ar2=1436");
  CHECK(small.narrow({small.mechanism("m", "anchor", "tunnel new")}).empty());
  const Lab unequal("mn-ar1=1400 mn-ar2=1437");
  CHECK(unequal.narrow({unequal.mechanism("m", "anchor", "tunnel new")}) == Names{"map-ar2 1501"});
  // A tunnel that ends elsewhere carries the packets of any access link; of two tunnels the one that needs more is told.
  CHECK(unequal.narrow({unequal.mechanism("m", "correspondent", "tunnel anchor")}) == Names{"cn-map 1501"});
  CHECK(unequal.narrow({unequal.mechanism("m", "home", "tunnel new")}) == Names{"map-ar2 1501", "home-map 1501"});
}

TEST_CASE("the warning has the link, the MTU it has, the MTU needed, and the ways out") {
  const Lab lab("map-ar1=1600");
  const auto mechanism = lab.mechanism("fast", "anchor", "tunnel new");
  CHECK(warnings_of(lab.topology, {mechanism}) ==
        Names{"topology.toml:23: link \"map-ar2\": mtu 1500, and the tunnel of \"fast\" from map to ar2 needs 1564: "
              "packets longer than 1436 bytes are lost in it, and their sender is not told; set mtu = 1564 here, or "
              "1436 on access link \"mn-ar2\""});
  const Lab least("map-ar1=1600 map-ar2=1300");
  CHECK(warnings_of(least.topology, {mechanism}).at(0).ends_with("set mtu = 1564 here"));  // IPv6 needs 1280
}

TEST_CASE("a lab whose handovers nobody can measure is warned of") {
  const Lab lab("map-ar1=1600 map-ar2=1600", "router");
  const auto mechanism = lab.mechanism("m", "anchor", "tunnel new");
  CHECK(warnings_of(lab.topology, {mechanism}) ==
        Names{"topology.toml: no node has role = \"correspondent\", with which the mobile talks: a handover cannot be "
              "measured"});
  CHECK(warnings_of(lab.topology, {}).empty());
}

TEST_CASE("the labs that come with the program have room") {
  const auto topology = load_topology(std::filesystem::path(SEGUE_SOURCE_DIR) / "topologies" / "prompt");
  CHECK(warnings_of(topology, load_mechanisms(topology)).empty());
}
