#include "nodes/netlink/route.hpp"

#include <linux/netlink.h>

#include <cerrno>

#include "tests/netns/netlink/place.hpp"

using namespace segue;
using namespace segue::netlink;

namespace {

// A node with links "a" and "b" to neighbours of both families.
struct Crossroads : Place {
  Crossroads() {
    perform(create_veth({.near = {.name = "a"}, .far = {.name = "a-far"}}));
    perform(create_veth({.near = {.name = "b"}, .far = {.name = "b-far"}}));
    socket->perform({set_up("a-far"), set_up("b-far")});
    for (const char* text : {"fd00:a::1/64", "10.1.0.1/24"}) give("a", text);
    for (const char* text : {"fd00:b::1/64", "10.2.0.1/24"}) give("b", text);
  }
  void give(const char* name, const char* address) {
    perform(add_address(find_interface(*socket, name)->index, parse_prefix(address)));
  }
  std::vector<Route> routes_to(const Prefix& destination, std::uint32_t table = 254) {
    std::vector<Route> found;
    for (auto& route : list_routes(*socket, destination.address.family, table)) {
      if (route.destination == destination) found.push_back(std::move(route));
    }
    return found;
  }
};

std::vector<Route> all_kinds(const Prefix& to) {
  const bool ipv6 = to.address.family == Family::ipv6;
  const Address via_a = parse_address(ipv6 ? "fd00:a::2" : "10.1.0.2");
  const Address via_b = parse_address(ipv6 ? "fd00:b::2" : "10.2.0.2");
  std::vector<Route> kinds = {{.destination = to, .via = via_a, .device = "a"},
                              {.destination = to, .via = via_b, .device = "b"},
                              {.destination = to, .device = "a"},
                              {.destination = to, .device = "b"},
                              {.destination = to, .type = RouteType::blackhole},
                              {.destination = to, .type = RouteType::unreachable},
                              {.destination = to, .type = RouteType::throw_}};
  const Seg6Encap encap{{parse_address("fd00:5e9::1"), parse_address("fd00:5e9::2")}};
  kinds.push_back({.destination = to, .device = "a", .encapsulation = encap});
  kinds.push_back({.destination = to, .via = via_b, .device = "b", .encapsulation = Seg6Encap{{via_b}}});
  kinds.push_back({.destination = to, .via = via_b, .device = "b", .encapsulation = Seg6Encap{{via_b}, true}});
  if (!ipv6) {
    kinds.pop_back();  // segments are IPv6
    kinds.pop_back();
    return kinds;
  }
  kinds.push_back({.destination = to, .device = "a", .encapsulation = Seg6EndDt6{100}});
  kinds.push_back({.destination = to, .device = "b", .encapsulation = Seg6EndDt6{254}});
  return kinds;
}

}  // namespace

TEST_CASE("replacing any kind of route by any other leaves exactly the new one") {
  Crossroads node;
  for (const char* text : {"fd00:d::1/128", "fd00:d::/64", "::/0", "10.9.0.1/32", "0.0.0.0/0"}) {
    for (const std::uint32_t table : {254U, 1000U}) {
      auto kinds = all_kinds(parse_prefix(text));
      for (Route& kind : kinds) kind.table = table;
      for (const Route& before : kinds) {
        for (const Route& after : kinds) {
          CAPTURE(to_text(before));
          CAPTURE(to_text(after));
          node.replace(before);
          REQUIRE(node.routes_to(before.destination, table) == std::vector{before});
          node.replace(after);
          REQUIRE(node.routes_to(before.destination, table) == std::vector{after});
          node.inside([&] {
            node.perform(delete_route({.destination = after.destination, .type = after.type, .table = table}));
          });
          REQUIRE(node.routes_to(before.destination, table).empty());
        }
      }
    }
  }
}

TEST_CASE("routes of other metrics stand beside each other and only their own is replaced") {
  Crossroads node;
  const auto to = parse_prefix("fd00:d::1/128");
  node.replace({.destination = to, .device = "a"});
  node.replace({.destination = to, .device = "b", .metric = 5});
  node.replace({.destination = to, .type = RouteType::blackhole, .metric = 5});
  CHECK(node.routes_to(to) == std::vector{Route{.destination = to, .type = RouteType::blackhole, .metric = 5},
                                          Route{.destination = to, .device = "a"}});
}

TEST_CASE("a route keeps its source, its onlink flag and a next hop of the other family") {
  Crossroads node;
  const std::vector<Route> routes = {
      {.destination = parse_prefix("fd00:1::/64"),
       .via = parse_address("fd00:a::2"),
       .device = "a",
       .source = parse_address("fd00:b::1"),
       .metric = 7},
      {.destination = parse_prefix("fd00:2::/64"), .via = parse_address("fd00:99::2"), .device = "a", .onlink = true},
      {.destination = parse_prefix("10.99.0.0/16"), .via = parse_address("fd00:a::2"), .device = "a", .metric = 3}};
  for (const Route& route : routes) {
    CAPTURE(to_text(route));
    node.inside([&] { node.perform(add_route(route)); });
    CHECK(node.routes_to(route.destination) == std::vector{route});
    CHECK_THROWS_AS(node.inside([&] { node.perform(add_route(route)); }), KernelError);
    node.inside([&] { node.perform(delete_route(route)); });
    CHECK(node.routes_to(route.destination).empty());
  }
}

TEST_CASE("what the kernel says of a route it refuses is told with the route") {
  Crossroads node;
  const Route route{.destination = parse_prefix("fd00:d::/64"), .via = parse_address("fd00:77::1"), .device = "a"};
  CHECK_THROWS_WITH_AS(node.replace(route), "replace route fd00:d::/64 via fd00:77::1 dev a: No route to host",
                       KernelError);
  const Route no_route{.destination = parse_prefix("fd00:d::/64")};
  CHECK_THROWS_AS(node.inside([&] { node.perform(delete_route(no_route)); }), KernelError);
}

TEST_CASE("a batch names the request that failed, has done the others, and the socket goes on") {
  Crossroads node;
  const auto to = [](int i) { return parse_prefix("fd00:d::" + std::to_string(i) + "/128"); };
  node.inside([&] {
    const std::vector<Request> batch = {replace_route({.destination = to(1), .device = "a"}),
                                        delete_route({.destination = to(2)}), delete_route({.destination = to(3)}),
                                        replace_route({.destination = to(4), .device = "a"})};
    CHECK_THROWS_WITH_AS(node.socket->perform(batch), "delete route fd00:d::2/128: No such process", KernelError);
  });
  CHECK(node.routes_to(to(1)).size() == 1);
  CHECK(node.routes_to(to(4)).size() == 1);
  node.replace({.destination = to(5), .device = "a"});
  CHECK(node.socket->statistics().errors == 2);
}

TEST_CASE("a batch larger than one message to the kernel arrives whole, its failures too") {
  Crossroads node;
  const std::uint64_t before = node.socket->statistics().requests;
  std::vector<Request> batch;
  node.inside([&] {
    for (int i = 0; i < 1000; ++i) {
      batch.push_back(replace_route(
          {.destination = parse_prefix("10.9." + std::to_string(i / 250) + "." + std::to_string(i % 250) + "/32"),
           .device = "a"}));
    }
  });
  node.socket->perform(batch);
  CHECK(list_routes(*node.socket, Family::ipv4).size() == 1002);
  std::vector<Request> failing;
  node.inside([&] {
    for (int i = 0; i < 1000; ++i) failing.push_back(delete_route({.destination = parse_prefix("10.77.0.1/32")}));
  });
  CHECK_THROWS_AS(node.socket->perform(failing), KernelError);
  const Statistics& statistics = node.socket->statistics();
  CHECK(statistics.requests - before >= 1000 + 1);
  CHECK(statistics.exchanges < 60);
  std::uint64_t counted = 0;
  for (const auto count : statistics.latency) counted += count;
  CHECK(counted == statistics.exchanges);
  CHECK(statistics.total_latency.count() > 0);
}

TEST_CASE("a prepared request can be performed again and again, through any socket") {
  Crossroads node;
  const auto to = parse_prefix("fd00:d::1/128");
  const auto [through, off] = node.inside([&] {
    return std::pair{replace_route({.destination = to, .via = parse_address("fd00:a::2"), .device = "a"}),
                     replace_route({.destination = to, .type = RouteType::blackhole})};
  });
  const Fd from = node.inside([] { return udp("fd00:a::1", 1000); });
  for (int round = 0; round < 100; ++round) {
    node.perform(off);
    REQUIRE(send_to(from, "fd00:d::1", 9) == EINVAL);  // a blackhole
    node.perform(through);
    REQUIRE(send_to(from, "fd00:d::1", 9) == 0);
  }
}

TEST_CASE("a route over several next hops is listed as one route for each") {
  Crossroads node;
  const auto to = parse_prefix("fd00:d::/64");
  const Route first{.destination = to, .via = parse_address("fd00:a::2"), .device = "a"};
  const Route second{.destination = to, .via = parse_address("fd00:b::2"), .device = "b"};
  node.replace(first);
  // As `ip -6 route append`, which puts a second next hop beside the first.
  const Request add = node.inside([&] { return add_route(second); });
  std::vector<std::byte> message(add.message().begin(), add.message().end());
  reinterpret_cast<nlmsghdr*>(message.data())->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_APPEND;
  node.perform(Request("append a next hop", std::move(message)));
  CHECK(node.routes_to(to) == std::vector{first, second});
  const Route off{.destination = to, .type = RouteType::blackhole};
  node.replace(off);
  CHECK(node.routes_to(to) == std::vector{off});
}
