#include "orchestrator/config/routes.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>

#include "orchestrator/config/topology.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::config;
using namespace std::chrono_literals;

namespace {

Topology load_text(const std::string& text) {
  const Scratch scratch;
  return load_topology(scratch.write("topology.toml", text));
}

std::string chain_text(std::size_t nodes) {
  std::string text = "[addressing]\nipv4 = \"10.0.0.0/8\"\n[defaults]\ndelay = \"1ms\"\n";
  for (std::size_t i = 0; i < nodes; ++i) text += fmt::format("[nodes.h{}]\nrole = \"router\"\n", i);
  for (std::size_t i = 0; i + 1 < nodes; ++i)
    text += fmt::format("[links.l{}]\nbetween = [\"h{}\", \"h{}\"]\n", i, i, i + 1);
  return text;
}

// A connected graph of any shape, with some addresses of its own, and delays from a small range so that ties are common;
// with IPv4 beside IPv6, or with mobiles at the end of the file, or with both.
enum class With { ipv4, mobiles, both };

std::string random_text(std::mt19937& random, std::size_t nodes, With with) {
  const auto below = [&](std::size_t limit) { return random() % limit; };
  std::string text = with != With::mobiles ? "[addressing]\nipv4 = \"10.0.0.0/8\"\n" : "";
  std::vector<std::size_t> names(nodes);
  std::iota(names.begin(), names.end(), 0);
  std::shuffle(names.begin(), names.end(), random);
  for (const auto name : names) {
    text += fmt::format("[nodes.n{}]\nrole = \"router\"\n", name);
    if (below(8) == 0) text += fmt::format("address = \"2001:db8:{:x}::1\"\n", name);
  }
  const auto mobiles = with != With::ipv4 ? below(3) : 0;
  for (std::size_t i = 0; i < mobiles; ++i)
    text += fmt::format("[nodes.m{}]\nrole = \"mobile\"\nhome = \"n{}\"\n", i, below(nodes));
  std::size_t links = 0;
  const auto join = [&](const std::string& a, const std::string& b) {
    text += fmt::format(
        "[links.l{}]\nbetween = [\"{}\", \"{}\"]\nforward = {{ delay = \"{}ms\" }}\nbackward = {{ delay = \"{}ms\" "
        "}}\n",
        links++, a, b, below(4), below(4));
  };
  for (std::size_t i = 1; i < nodes; ++i) join(fmt::format("n{}", i), fmt::format("n{}", below(i)));
  for (std::size_t i = 0; i < below(nodes + 1); ++i) {
    const auto a = below(nodes);
    const auto b = below(nodes);
    if (a != b) join(fmt::format("n{}", a), fmt::format("n{}", b));
  }
  for (std::size_t i = 0; i < mobiles; ++i) {
    join(fmt::format("m{}", i), fmt::format("n{}", below(nodes)));
    join(fmt::format("n{}", below(nodes)), fmt::format("m{}", i));
  }
  return text;
}

// The node a packet for `address` ends at when it starts at `from`: longest prefix first, an own link's before a
// route's of the same length, as the kernel does it. npos if it is dropped or goes round.
class Walker {
 public:
  explicit Walker(const Topology& topology) : topology_(topology), routes_(shortest_paths(topology)) {}

  std::size_t walk(std::size_t from, const Address& address, Delay* taken = nullptr) const {
    Delay delay{0};
    for (unsigned hops = 0; hops < 255; ++hops) {
      if (has(from, address)) {
        if (taken != nullptr) *taken = delay;
        return from;
      }
      const auto link = lookup(from, address);
      if (link == npos) return npos;
      delay += leaving(topology_.links[link], from).delay;
      from = far_end(link, from);
    }
    return npos;
  }

  // Whether a packet for an address nobody has comes to `to`.
  bool comes_by(std::size_t from, std::size_t to, const Address& address) const {
    for (unsigned hops = 0; hops < 255 && from != to; ++hops) {
      const auto link = lookup(from, address);
      if (link == npos) return false;
      from = far_end(link, from);
    }
    return from == to;
  }

  const std::vector<std::vector<StaticRoute>>& routes() const { return routes_; }

 private:
  std::size_t far_end(std::size_t link, std::size_t from) const {
    return topology_.links[link].a.node == from ? topology_.links[link].b.node : topology_.links[link].a.node;
  }

  bool has(std::size_t node, const Address& address) const {
    const Node& own = topology_.nodes[node];
    if (own.address == address || own.ipv4 == address) return true;
    return std::any_of(topology_.links.begin(), topology_.links.end(), [&](const Link& link) {
      const auto at = [&](const LinkEnd& end) {
        return end.node == node && (end.address == address || end.ipv4 == address);
      };
      return at(link.a) || at(link.b);
    });
  }

  std::size_t lookup(std::size_t node, const Address& address) const {
    std::size_t best = npos;
    int longest = -1;
    const auto offer = [&](const Prefix& prefix, std::size_t link) {
      if (!prefix.contains(address) || prefix.length <= longest) return;
      longest = prefix.length;
      best = link;
    };
    for (std::size_t i = 0; i < topology_.links.size(); ++i) {
      const Link& link = topology_.links[i];
      if (link.a.node != node && link.b.node != node) continue;
      offer(link.subnet, i);
      if (link.subnet4) offer(*link.subnet4, i);
    }
    for (const StaticRoute& route : routes_[node]) offer(route.destination, route.link);
    return best;
  }

  const Topology& topology_;
  std::vector<std::vector<StaticRoute>> routes_;
};

// Every router reaches every address, node addresses on a path as short as the shortest.
void check_reachability(const Topology& topology) {
  const Walker walker(topology);
  const Paths paths(topology);
  const auto reaches = [&](std::size_t from, std::size_t to, const Address& address) {
    CAPTURE(topology.nodes[from].name);
    CAPTURE(to_text(address));
    CHECK(walker.walk(from, address) == to);
  };
  for (std::size_t from = 0; from < topology.nodes.size(); ++from) {
    if (topology.nodes[from].role == Role::mobile) {
      CHECK(walker.routes()[from].empty());
      continue;
    }
    for (std::size_t to = 0; to < topology.nodes.size(); ++to) {
      const Node& node = topology.nodes[to];
      if (node.role == Role::mobile) {
        // Led to its home, and no further while no mechanism says where it is.
        CHECK(walker.walk(from, node.address) == npos);
        if (node.ipv4) CHECK(walker.comes_by(from, node.home, *node.ipv4));
        continue;
      }
      Delay taken{0};
      CHECK(walker.walk(from, node.address, &taken) == to);
      CHECK(taken == paths.delay(from, to));
      if (node.ipv4) {
        CHECK(walker.walk(from, *node.ipv4, &taken) == to);
        CHECK(taken == paths.delay(from, to));
      }
      Address in_locator = node.locator.address;
      in_locator.bytes[8] = 0xd;
      CHECK(walker.comes_by(from, to, in_locator));
    }
    for (const Link& link : topology.links) {
      reaches(from, link.a.node, link.a.address);
      if (link.b.ipv4) reaches(from, link.b.node, *link.b.ipv4);
    }
  }
}

}  // namespace

TEST_CASE("paths are the shortest by delay in the direction of travel") {
  const Topology topology = load_text(R"(
[nodes.a]
role = "router"
[nodes.b]
role = "router"
[nodes.c]
role = "router"
[nodes.far]
role = "router"
[links.ab]
between = ["a", "b"]
forward = { delay = "10ms" }
backward = { delay = "1ms" }
[links.bc]
between = ["b", "c"]
delay = "2ms"
[links.ca]
between = ["c", "a"]
delay = "3ms"
)");
  const Paths paths(topology);
  CHECK(paths.delay(0, 1) == 5ms);
  CHECK(paths.path(0, 1) == std::vector<std::size_t>{0, 2, 1});
  CHECK(paths.delay(1, 0) == 1ms);
  CHECK(paths.path(1, 0) == std::vector<std::size_t>{1, 0});
  CHECK(paths.first_link(0, 1) == 2);
  CHECK(paths.hops(0, 1) == 2);
  CHECK(paths.delay(0, 0) == 0ms);
  CHECK(paths.path(0, 0) == std::vector<std::size_t>{0});
  CHECK_FALSE(paths.reachable(0, 3));
  CHECK(paths.path(0, 3).empty());
  CHECK(paths.delay(3, 0) == Delay::max());
}

TEST_CASE("ties go to fewer hops, then to the first link of the file") {
  const Topology topology = load_text(R"(
[nodes.a]
role = "router"
[nodes.b]
role = "router"
[nodes.c]
role = "router"
[links.ac]
between = ["a", "c"]
[links.cb]
between = ["c", "b"]
[links.second]
between = ["a", "b"]
[links.third]
between = ["a", "b"]
)");
  CHECK(Paths(topology).first_link(0, 1) == 2);
  CHECK(Paths(topology).path(0, 1).size() == 2);
}

TEST_CASE("a mobile passes nothing on") {
  const Topology topology = load_text(R"(
[nodes.m]
role = "mobile"
[nodes.a]
role = "access-router"
[nodes.b]
role = "access-router"
[nodes.hub]
role = "anchor"
[links.ma]
between = ["m", "a"]
[links.mb]
between = ["m", "b"]
[links.ha]
between = ["hub", "a"]
delay = "10ms"
[links.hb]
between = ["hub", "b"]
delay = "10ms"
)");
  const Paths paths(topology);
  CHECK(paths.delay(1, 2) == 20ms);
  CHECK(paths.delay(1, 0) == 0ms);
  CHECK(paths.delay(0, 3) == 10ms);
  // The far end's address on an access link is reached over that link's router.
  const Walker walker(topology);
  CHECK(walker.walk(2, topology.links[0].a.address) == 0);
  CHECK(walker.walk(3, topology.links[1].a.address) == 0);
}

TEST_CASE("in random networks every router reaches every address on a shortest path") {
  std::mt19937 random(7);
  for (unsigned round = 0; round < 40; ++round) {
    CAPTURE(round);
    check_reachability(load_text(random_text(random, 2 + random() % 24, With::mobiles)));
    const Topology both = load_text(random_text(random, 2 + random() % 24, With::ipv4));
    REQUIRE(both.nodes.front().ipv4);
    check_reachability(both);
    check_reachability(load_text(random_text(random, 2 + random() % 24, With::both)));
  }
}

TEST_CASE("a star wider than the sets of the aggregation is still led right") {
  std::string text = "[addressing]\nipv4 = \"10.0.0.0/8\"\n[nodes.hub]\nrole = \"router\"\n";
  for (int i = 0; i < 100; ++i) text += fmt::format("[nodes.s{}]\nrole = \"router\"\n", i);
  for (int i = 0; i < 100; ++i)
    text += fmt::format("[links.l{}]\nbetween = [\"hub\", \"s{}\"]\ndelay = \"1ms\"\n", i, i);
  const Topology topology = load_text(text);
  check_reachability(topology);
  const auto routes = shortest_paths(topology);
  CHECK(routes[5].size() == 2);  // all of IPv6 and all of IPv4 over the hub
}

TEST_CASE("a chain of 200 nodes takes few routes a node, and little time") {
  const Topology topology = load_text(chain_text(200));
  const auto before = now();
  const auto routes = shortest_paths(topology);
  const auto taken = now() - before;
  std::size_t most = 0;
  std::size_t sum = 0;
  for (const auto& own : routes) {
    most = std::max(most, own.size());
    sum += own.size();
  }
  MESSAGE("200 nodes: " << to_text(Delay{taken}) << ", " << sum << " routes, at most " << most << " a node");
  CHECK(most <= 32);
  CHECK(sum <= 200 * 20);
  const Walker walker(topology);
  for (const std::size_t from : {0U, 1U, 77U, 198U, 199U}) {
    for (std::size_t to = 0; to < 200; ++to) {
      CHECK(walker.walk(from, topology.nodes[to].address) == to);
      CHECK(walker.walk(from, *topology.nodes[to].ipv4) == to);
    }
  }
}

TEST_CASE("a thousand nodes are no matter of minutes") {
  std::mt19937 random(3);
  const Topology topology = load_text(random_text(random, 1000, With::ipv4));
  const auto before = now();
  const auto routes = shortest_paths(topology);
  MESSAGE("1000 nodes: " << to_text(Delay{now() - before}));
  CHECK(routes.size() == topology.nodes.size());
}

TEST_CASE("nodes nobody can reach get no route, and nothing covers them") {
  const Topology topology = load_text(
      "[nodes.a]\nrole = \"router\"\n[nodes.island]\nrole = \"router\"\n[nodes.b]\nrole = \"router\"\n[nodes.c]\nrole "
      "= "
      "\"router\"\n[links.ab]\nbetween = [\"a\", \"b\"]\n[links.bc]\nbetween = [\"b\", \"c\"]\n");
  const auto routes = shortest_paths(topology);
  for (const StaticRoute& route : routes[0]) CHECK_FALSE(route.destination.contains(topology.nodes[1].address));
  CHECK(routes[1].empty());
  CHECK(Walker(topology).walk(0, topology.nodes[3].address) == 3);
}

TEST_CASE("extra routes come besides, and instead of one to the same destination") {
  const std::string nodes =
      "[nodes.a]\nrole = \"router\"\n[nodes.b]\nrole = \"router\"\n[links.l]\nbetween = [\"a\", \"b\"]\n";
  const std::string extra = "extra = [{ at = \"a\", to = \"2001:db8::/32\", via = \"b\" }]\n";
  const auto both = shortest_paths(load_text(nodes + "[routes]\n" + extra));
  REQUIRE(both[0].size() == 2);
  CHECK(to_text(both[0][1].destination) == "2001:db8::/32");
  CHECK(both[1].size() == 1);
  const auto only = shortest_paths(load_text(nodes + "[routes]\nstatic = false\n" + extra));
  CHECK(only[0].size() == 1);
  CHECK(only[1].empty());
  const auto same =
      shortest_paths(load_text(nodes + fmt::format("[routes]\nextra = [{{ at = \"a\", to = \"{}\", via = \"b\" }}]\n",
                                                   to_text(both[0][0].destination))));
  CHECK(same[0].size() == 1);
}
