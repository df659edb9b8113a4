// What route actions cost through a prepared batch, and what a chain of 200 namespaces costs to build.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/netlink/address.hpp"
#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/netns.hpp"
#include "nodes/netlink/route.hpp"
#include "nodes/netlink/settle.hpp"
#include "nodes/netlink/sysctl.hpp"

using namespace segue;
using namespace segue::netlink;

namespace {

constexpr int rounds = 1000;
constexpr int warm_up = 50;
constexpr int chain_length = 200;

double us(Delay delay) { return static_cast<double>(delay.count()) / 1e3; }
double ms(Delay delay) { return us(delay) / 1e3; }

void print_quantiles(const char* what, std::vector<Delay> sample) {
  std::sort(sample.begin(), sample.end());
  const auto at = [&](double share) { return us(sample[static_cast<std::size_t>(share * (rounds - 1))]); };
  fmt::print("{:<44} {:>8.1f} {:>8.1f} {:>8.1f}\n", what, at(0.5), at(0.99), at(1.0));
}

// Alternates between two prepared batches, as handovers do.
void measure(const char* what, const std::vector<Request>& one, const std::vector<Request>& other) {
  Socket socket;
  std::vector<Delay> sample;
  sample.reserve(rounds);
  for (int i = 0; i < warm_up + rounds; ++i) {
    const Instant start = now();
    socket.perform(i % 2 == 0 ? one : other);
    if (i >= warm_up) sample.push_back(now() - start);
  }
  print_quantiles(what, std::move(sample));
}

void measure_routes() {
  Namespace space;
  const Enter inside = Enter::fresh(space);
  Socket socket;
  socket.perform({create_veth({.near = {.name = "a", .index = 2}, .far = {.name = "b", .index = 3}}), set_up("b"),
                  add_address(2, parse_prefix("fd00:a::1/64")), add_address(3, parse_prefix("fd00:b::1/64"))});
  settle();
  const auto to = [](const char* text, const char* via, const char* device) {
    return replace_route({.destination = parse_prefix(text), .via = parse_address(via), .device = device});
  };
  const auto tunnel = [](const char* segment, const char* device) {
    return replace_route({.destination = parse_prefix("fd00:d::1/128"),
                          .device = device,
                          .encapsulation = Seg6Encap{{parse_address(segment)}}});
  };
  const auto off = [](const char* text) {
    return replace_route({.destination = parse_prefix(text), .type = RouteType::blackhole});
  };
  fmt::print("{:<44} {:>8} {:>8} {:>8}\n", "call to acknowledgement, us", "median", "p99", "max");
  measure("replace 1 route", {to("fd00:d::1/128", "fd00:a::2", "a")}, {to("fd00:d::1/128", "fd00:b::2", "b")});
  measure("replace 2 routes", {to("fd00:d::1/128", "fd00:a::2", "a"), to("fd00:d::2/128", "fd00:a::2", "a")},
          {to("fd00:d::1/128", "fd00:b::2", "b"), to("fd00:d::2/128", "fd00:b::2", "b")});
  measure("replace 2 routes by blackholes and back",
          {to("fd00:d::1/128", "fd00:a::2", "a"), to("fd00:d::2/128", "fd00:a::2", "a")},
          {off("fd00:d::1/128"), off("fd00:d::2/128")});
  measure("replace 1 SRv6 tunnel", {tunnel("fd00:a::2", "a")}, {tunnel("fd00:b::2", "b")});
}

void measure_chain() {
  struct Site {
    Namespace space;
    std::unique_ptr<Socket> socket;
  };
  std::vector<Site> sites(chain_length);
  const Instant start = now();
  for (Site& site : sites) {
    const Enter inside = Enter::fresh(site.space);
    write_sysctl("net/ipv6/conf/all/forwarding", "1");
    site.socket = std::make_unique<Socket>();
    site.socket->perform(set_up(loopback_index));
  }
  const Instant made = now();
  for (std::size_t i = 0; i + 1 < sites.size(); ++i) {
    sites[i].socket->perform(create_veth({.near = {.name = "right", .index = 3},
                                          .far = {.name = "left", .space = sites[i + 1].space.fd(), .index = 2}}));
    sites[i + 1].socket->perform(set_up("left"));
  }
  const Instant linked = now();
  for (std::size_t i = 0; i < sites.size(); ++i) {
    std::vector<Request> batch;
    if (i > 0) batch.push_back(add_address(2, parse_prefix(fmt::format("fd00:{:x}::2/64", i))));
    if (i + 1 < sites.size()) batch.push_back(add_address(3, parse_prefix(fmt::format("fd00:{:x}::1/64", i + 1))));
    sites[i].socket->perform(batch);
  }
  const Instant addressed = now();
  for (const Site& site : sites) {
    const Enter inside(site.space);
    settle();
  }
  const Instant settled = now();
  fmt::print("\nchain of {} nodes, ms\n", chain_length);
  fmt::print("{:<44} {:>8.1f}\n", "namespaces, a socket and a sysctl in each", ms(made - start));
  fmt::print("{:<44} {:>8.1f}\n", "links", ms(linked - made));
  fmt::print("{:<44} {:>8.1f}\n", "addresses", ms(addressed - linked));
  fmt::print("{:<44} {:>8.1f}\n", "all of it in force", ms(settled - addressed));
  fmt::print("{:<44} {:>8.1f}\n", "together", ms(settled - start));
}

}  // namespace

int main() {
  try {
    measure_routes();
    measure_chain();
  } catch (const Error& error) {
    fmt::print(stderr, "netlink_routes: {}\n", error.what());
    return error.exit_code();
  }
  return 0;
}
