#include "orchestrator/config/topology.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::config;
using namespace std::chrono_literals;

namespace {

constexpr const char* small = R"(title = "Two and a half"

[defaults]
delay = "1ms"
mtu = 1400

[nodes.zeta]
role = "access-router"

[nodes.alpha]
role = "mobile"

[nodes.beta]
role = "anchor"
address = "2001:db8::b"

[links.one]
between = ["alpha", "zeta"]

[links.two]
between = ["beta", "zeta"]
delay = "5ms"
loss = 0.01
forward = { delay = "7ms", queue-limit = 50 }
backward = { gilbert-elliott = { p = "1%", r = "30%" }, loss = "0%" }
mtu = 1600

[links.again]
between = ["beta", "zeta"]
)";

Topology load_text(const std::string& text, const Overrides& overrides = {}) {
  const Scratch scratch;
  return load_topology(scratch.write("lab/topology.toml", text).parent_path(), overrides);
}

// The same with a router where the mobile was.
std::string still() {
  std::string text = small;
  return text.replace(text.find("\"mobile\""), 8, "\"router\"");
}

}  // namespace

TEST_CASE("nodes and links come in the order of the file, named after the folder") {
  const Topology topology = load_text(small);
  CHECK(topology.name == "lab");
  CHECK(topology.title == "Two and a half");
  REQUIRE(topology.nodes.size() == 3);
  CHECK(topology.nodes[0].name == "zeta");
  CHECK(topology.nodes[1].name == "alpha");
  CHECK(topology.nodes[1].role == Role::mobile);
  CHECK(topology.nodes[2].name == "beta");
  CHECK(topology.nodes[1].line == 10);
  REQUIRE(topology.links.size() == 3);
  CHECK(topology.links[1].name == "two");
  CHECK(topology.links[1].line == 20);
  CHECK(topology.static_routes);
  CHECK(find_node(topology, "beta") == 2);
  CHECK(find_node(topology, "gamma") == npos);
  CHECK(find_link(topology, "again") == 2);
}

TEST_CASE("a direction's impairments go before the link's, and those before the defaults") {
  const Topology topology = load_text(small);
  CHECK(topology.links[0].a_to_b.delay == 1ms);
  CHECK(topology.links[0].mtu == 1400);
  const Link& two = topology.links[1];
  CHECK(two.mtu == 1600);
  CHECK(two.a_to_b.delay == 7ms);
  CHECK(two.b_to_a.delay == 5ms);
  CHECK(two.a_to_b.queue_limit == 50);
  CHECK(two.b_to_a.queue_limit == 1000);
  CHECK(two.a_to_b.loss.value == doctest::Approx(0.01));
  CHECK(two.b_to_a.loss.value == 0);
  CHECK(two.a_to_b.gilbert_elliott.p.value == 0);
  CHECK(two.b_to_a.gilbert_elliott.p.value == doctest::Approx(0.01));
  CHECK(two.b_to_a.gilbert_elliott.loss_in_bad.value == 1);
  CHECK(&leaving(two, two.a.node) == &two.a_to_b);
  CHECK(&leaving(two, two.b.node) == &two.b_to_a);
}

TEST_CASE("addresses, interfaces and MACs are assigned where none are given") {
  const Topology topology = load_text(small);
  CHECK(to_text(topology.nodes[0].locator) == "fd5e:9e:0:1::/64");
  CHECK(to_text(topology.nodes[0].address) == "fd5e:9e:0:1::1");
  CHECK(to_text(topology.nodes[1].address) == "fd5e:9e:0:2::1");
  CHECK(to_text(topology.nodes[2].locator) == "fd5e:9e:0:3::/64");
  CHECK(to_text(topology.nodes[2].address) == "2001:db8::b");
  // The access link belongs to the router, the others to their first end.
  CHECK(to_text(topology.links[0].subnet) == "fd5e:9e:0:1:1:1::/96");
  CHECK(to_text(topology.links[1].subnet) == "fd5e:9e:0:3:1:1::/96");
  CHECK(to_text(topology.links[2].subnet) == "fd5e:9e:0:3:1:2::/96");
  CHECK(to_text(topology.links[2].a.address) == "fd5e:9e:0:3:1:2:0:1");
  CHECK(to_text(topology.links[2].b.address) == "fd5e:9e:0:3:1:2:0:2");
  CHECK(topology.links[0].a.interface == "zeta");
  CHECK(topology.links[0].b.interface == "alpha");
  CHECK(topology.links[1].b.interface == "beta");
  CHECK(topology.links[2].b.interface == "beta-2");
  CHECK(topology.links[2].a.mac == std::array<std::uint8_t, 6>{0x02, 0x5e, 0, 0, 2, 1});
  CHECK_FALSE(topology.nodes[0].ipv4.has_value());
  CHECK_FALSE(topology.links[0].subnet4.has_value());
  CHECK(topology.nodes[1].home == 2);
  CHECK(topology.nodes[0].home == npos);
}

TEST_CASE("with a pool of IPv4 addresses everything has one too, and none twice") {
  const Topology topology = load_text("[addressing]\nipv6 = \"fd00:1::/56\"\nipv4 = \"10.0.0.0/8\"\n" +
                                      still().substr(still().find("[defaults]")));
  CHECK(to_text(topology.nodes[0].address) == "fd00:1:0:1::1");
  CHECK(to_text(*topology.nodes[0].ipv4) == "10.0.1.1");
  CHECK(to_text(*topology.nodes[2].ipv4) == "10.0.3.1");
  CHECK(to_text(*topology.links[1].subnet4) == "10.0.3.4/30");
  std::set<Address> seen;
  for (const Node& node : topology.nodes) CHECK(seen.insert(*node.ipv4).second);
  for (const Link& link : topology.links) {
    CHECK(seen.insert(*link.a.ipv4).second);
    CHECK(seen.insert(*link.b.ipv4).second);
  }
  CHECK(complaint([] {
          load_text(
              "[addressing]\nipv4 = \"10.0.0.0/29\"\n[nodes.a]\nrole = \"router\"\n[nodes.b]\nrole = \"router\"\n"
              "[links.l]\nbetween = [\"a\", \"b\"]\n");
        }) ==
        "topology.toml:2: addressing: ipv4 \"10.0.0.0/29\" is too small for 2 nodes with up to 1 links each; a /27 "
        "would do");
}

TEST_CASE("a mobile has an IPv4 address of the pool's too, and its links have none") {
  const Topology topology = load_text(small, {{"addressing.ipv4", "10.0.0.0/8"}});
  CHECK(to_text(*topology.nodes[1].ipv4) == "10.0.2.1");
  CHECK(addresses_of(topology.nodes[1]) == std::vector{topology.nodes[1].address, *topology.nodes[1].ipv4});
  CHECK(address_of(topology.nodes[1], Family::ipv4) == topology.nodes[1].ipv4);
  CHECK(address_of(topology.nodes[1], Family::ipv6) == topology.nodes[1].address);
  CHECK_FALSE(topology.links[0].subnet4.has_value());
  CHECK_FALSE(topology.links[0].a.ipv4.has_value());
  CHECK(topology.links[1].subnet4.has_value());
}

TEST_CASE("a link may say its subnets, and many links between two nodes keep short interface names") {
  std::string text = "[nodes.a-long-name-abc]\nrole = \"router\"\n[nodes.b]\nrole = \"router\"\n";
  for (int i = 0; i < 12; ++i) {
    text += "[links.l" + std::to_string(i) + "]\nbetween = [\"a-long-name-abc\", \"b\"]\n";
    if (i == 0) text += "subnet = \"2001:db8:1::/64\"\nipv4-subnet = \"192.0.2.0/30\"\n";
  }
  const Topology topology = load_text(text);
  CHECK(to_text(topology.links[0].b.address) == "2001:db8:1::2");
  CHECK(to_text(*topology.links[0].b.ipv4) == "192.0.2.2");
  std::set<std::string> names;
  for (const Link& link : topology.links) {
    CHECK(link.b.interface.size() <= 15);
    CHECK(names.insert(link.b.interface).second);
  }
  CHECK(topology.links[11].b.interface == "a-long-name--12");
}

TEST_CASE("an override takes the place of the file's value") {
  const Topology topology = load_text(still(), {{"links.two.forward.delay", "20ms"},
                                                {"links.one.mtu", "1500"},
                                                {"links.one.loss", "2%"},
                                                {"defaults.rate", "5Mbit"},
                                                {"title", "\"12\""},
                                                {"addressing.ipv4", "10.0.0.0/16"}});
  CHECK(topology.links[1].a_to_b.delay == 20ms);
  CHECK(topology.links[0].mtu == 1500);
  CHECK(topology.links[0].a_to_b.loss.value == doctest::Approx(0.02));
  CHECK(topology.links[2].b_to_a.rate.bits_per_second == 5'000'000);
  CHECK(topology.title == "12");
  CHECK(topology.nodes[0].ipv4.has_value());
}

TEST_CASE("an override that fits nothing is refused, and a bad value is checked as the file's are") {
  const auto with = [](const std::string& path, const std::string& value) {
    return complaint([&] { load_text(small, {{path, value}}); });
  };
  CHECK(with("links.three.delay", "1ms") == "override links.three.delay: the file has no links.three");
  CHECK(with("title.x", "1") == "override title.x: title is no table");
  CHECK(with("links..delay", "1") ==
        "override links..delay: this names no value of a topology, as links.map-ar1.delay does");
  CHECK(with("", "1") == "override : this names no value of a topology, as links.map-ar1.delay does");
  CHECK(with("links.two.delay", "1 parsec") ==
        "topology.toml: link \"two\": delay \"1 parsec\": unknown unit (ns, us, ms, s, min)");
  CHECK(with("links.two.dealy", "1ms") ==
        "topology.toml: link \"two\": unknown key \"dealy\"; did you mean \"delay\"?");
  CHECK(with("nodes.zeta.role", "1\nrole = 2") != "");
}

TEST_CASE("a mobile that cannot hand over is a warning, not an error") {
  const Topology topology = load_text(small);
  REQUIRE(topology.warnings.size() == 1);
  CHECK(topology.warnings[0] ==
        "topology.toml:10: node \"alpha\": a mobile node without two access routers cannot hand over");
}

TEST_CASE("a mobile node that will never be attached is warned of") {
  const Topology topology = load_text(
      "[nodes.mn]\nrole = \"mobile\"\n[nodes.ar1]\nrole = \"access-router\"\n[nodes.ar2]\nrole = \"access-router\"\n"
      "[nodes.mn2]\nrole = \"mobile\"\n[links.a]\nbetween = [\"mn\", \"ar1\"]\n[links.b]\nbetween = [\"mn\", \"ar2\"]\n"
      "[links.c]\nbetween = [\"mn2\", \"ar1\"]\n[links.d]\nbetween = [\"mn2\", \"ar2\"]\n");
  REQUIRE(topology.warnings.size() == 1);
  CHECK(topology.warnings[0] ==
        "topology.toml:7: node \"mn2\": of several mobile nodes only the first, \"mn\", is attached and hands over");
}

TEST_CASE("a topology may be named by its file") {
  const Scratch scratch;
  const auto file = scratch.write("net.toml", "[nodes.a]\nrole = \"router\"\n");
  const Topology topology = load_topology(file);
  CHECK(topology.folder == scratch.path());
  CHECK(topology.nodes.size() == 1);
  CHECK(complaint([&] { load_topology(scratch.path() / "nothing"); }) ==
        "read " + (scratch.path() / "nothing").string() + ": No such file or directory");
}

TEST_CASE("extra routes name a neighbour") {
  const Topology topology = load_text(std::string(small) +
                                      "[routes]\nstatic = false\n"
                                      "extra = [{ at = \"zeta\", to = \"2001:db8:7::/48\", via = \"beta\" }]\n");
  CHECK_FALSE(topology.static_routes);
  REQUIRE(topology.extra_routes.size() == 1);
  CHECK(topology.extra_routes[0].node == 0);
  CHECK(topology.extra_routes[0].link == 2);  // the faster of two
  CHECK(to_text(topology.extra_routes[0].destination) == "2001:db8:7::/48");
}
