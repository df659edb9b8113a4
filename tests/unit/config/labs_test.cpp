// The labs that come with the program.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "orchestrator/config/mechanism.hpp"
#include "orchestrator/config/routes.hpp"
#include "orchestrator/config/topology.hpp"

using namespace segue;
using namespace segue::config;
using namespace std::chrono_literals;

namespace {

const std::filesystem::path topologies = std::filesystem::path(SEGUE_SOURCE_DIR) / "topologies";

}  // namespace

TEST_CASE("the prompt lab has the paper's nodes and delays") {
  const Topology topology = load_topology(topologies / "prompt");
  CHECK(topology.name == "prompt");
  CHECK(topology.warnings.empty());
  REQUIRE(topology.nodes.size() == 7);
  const Paths paths(topology);
  const auto delay = [&](const char* from, const char* to) {
    return paths.delay(find_node(topology, from), find_node(topology, to));
  };
  CHECK(delay("mn", "ar1") == 100us);
  CHECK(delay("mn", "ar2") == 100us);
  CHECK(delay("map", "ar1") == 10ms);
  CHECK(delay("map", "ar2") == 10ms);
  CHECK(delay("map", "cn") == 100ms);
  CHECK(delay("map", "home") == 100ms);
  CHECK(delay("cn", "home") == 100ms);
  CHECK(delay("mn", "cn") == 110100us);
  CHECK(topology.nodes[find_node(topology, "mn")].home == find_node(topology, "map"));
  for (const Link& link : topology.links) {
    const bool access = link.name.starts_with("mn-");
    CHECK(link.mtu >= (access ? 1500 : 1564));
    CHECK(link.a_to_b.rate.bits_per_second == 0);
  }
}

TEST_CASE("the prompt lab has the paper's mechanisms, the one that calls ip for comparison, and those with a window") {
  const Topology topology = load_topology(topologies / "prompt");
  const auto mechanisms = load_mechanisms(topology);
  REQUIRE(mechanisms.size() == 8);
  CHECK(mechanisms[0].name == "prompt-scheduled");
  CHECK(mechanisms[1].name == "prompt-unscheduled");
  CHECK(mechanisms[2].name == "mobile-ipv6-eap-aka");
  CHECK(mechanisms[3].name == "prompt-scheduled-ip-route");
  CHECK(mechanisms[4].name == "prompt-scheduled-buffered");
  CHECK(mechanisms[5].name == "prompt-unscheduled-buffered");
  CHECK(mechanisms[6].name == "prompt-scheduled-delivered");
  CHECK(mechanisms[7].name == "prompt-unscheduled-delivered");
  CHECK(mechanisms[0].completes.downlink == 7);
  CHECK(mechanisms[1].completes.downlink == 9);
  CHECK(mechanisms[2].steps.size() == 18);
  CHECK(mechanisms[2].completes.downlink == 17);
  for (const auto& mechanism : mechanisms) {
    const bool by_ip = mechanism.name == "prompt-scheduled-ip-route";
    CHECK(mechanism.by_default == (!by_ip && !uses_relay(mechanism)));
    CHECK(mechanism.routes_by_ip == by_ip);
    // Nobody has published what the window does.
    CHECK(mechanism.reference.source == (uses_relay(mechanism) ? "" : "table 2"));
    CHECK(mechanism.reference.lost_downlink.has_value() == !uses_relay(mechanism));
  }
}

TEST_CASE("the copy that calls ip differs from the scheduled handover in nothing else") {
  const Topology topology = load_topology(topologies / "prompt");
  const auto original = load_mechanism(topologies / "prompt/mechanisms/prompt-scheduled.toml", topology);
  const auto copy = load_mechanism(topologies / "prompt/mechanisms/prompt-scheduled-ip-route.toml", topology);
  REQUIRE(copy.steps.size() == original.steps.size());
  for (std::size_t i = 0; i < copy.steps.size(); ++i) {
    CHECK(copy.steps[i].name == original.steps[i].name);
    CHECK(copy.steps[i].message == original.steps[i].message);
    CHECK(copy.steps[i].after == original.steps[i].after);
    CHECK(copy.steps[i].delay == original.steps[i].delay);
    CHECK(copy.steps[i].actions == original.steps[i].actions);
  }
  CHECK(copy.completes == original.completes);
  CHECK(copy.start.size() == original.start.size());
  CHECK(copy.attached.size() == original.attached.size());
}

TEST_CASE("the campus is a network without mobility") {
  const Topology topology = load_topology(topologies / "campus");
  CHECK(topology.warnings.empty());
  CHECK(load_mechanisms(topology).empty());
  CHECK(topology.nodes.size() == 7);
  const Paths paths(topology);
  // 2 ms by radio, less than 1 + 1.5 ms over the core.
  CHECK(paths.path(find_node(topology, "desk"), find_node(topology, "lab")).size() == 4);
  CHECK(paths.delay(find_node(topology, "desk"), find_node(topology, "server")) == 13700us);
  const Link& uplink = topology.links[find_link(topology, "uplink")];
  CHECK(uplink.a_to_b.rate.bits_per_second == 10'000'000);
  CHECK(uplink.b_to_a.rate.bits_per_second == 50'000'000);
  CHECK(uplink.a_to_b.queue_limit == 100);
  CHECK(uplink.b_to_a.queue_limit == 200);
}
