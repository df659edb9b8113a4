// Hosts in a row, a link of one engine from each to the next: host k has 10.k.0.2 to the left and 10.(k+1).0.1 to the
// right, and knows the way to all others.
#pragma once

#include <fmt/format.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nodes/netlink/neighbour.hpp"
#include "nodes/netlink/route.hpp"
#include "nodes/netlink/sysctl.hpp"
#include "tests/netns/link/traffic.hpp"

namespace segue::link {

class Chain {
 public:
  Chain(EngineKind kind, int hops) {
    if (kind == EngineKind::netem) {
      engine = make_netem_engine();
    } else {
      wire.emplace(std::chrono::microseconds(60));
      engine =
          make_wire_engine(wire->take_control(), kind == EngineKind::wire ? WireEnds::taps : WireEnds::packet_sockets);
    }
    for (int i = 0; i <= hops; ++i) {
      hosts.push_back(std::make_unique<Host>());
      hosts.back()->inside([] {
        netlink::write_sysctl("net/ipv4/ip_forward", "1");
        netlink::write_sysctl("net/ipv6/conf/default/disable_ipv6", "1");  // it has things of its own to say
      });
    }
    for (int i = 0; i < hops; ++i) connect(i);
    engine->settle();
    for (int i = 0; i <= hops; ++i) {
      if (i > 0) TwoHosts::give(host(i), "left", fmt::format("10.{}.0.2/24", i));
      if (i < hops) TwoHosts::give(host(i), "right", fmt::format("10.{}.0.1/24", i + 1));
    }
    for (int i = 0; i < hops; ++i) introduce(i);
    for (int i = 0; i <= hops; ++i) lead_on(i, hops);
    const std::string first = "10.1.0.1";
    const std::string last = fmt::format("10.{}.0.2", hops);
    a = udp(host(0), first.c_str(), last.c_str(), 5000);
    b = udp(host(hops), last.c_str(), first.c_str(), 5000);
    if (!send_number(a, 0) || !receive_number(b, std::chrono::seconds(2))) throw Error("the chain leads nowhere");
  }

  int hops() const { return static_cast<int>(links.size()); }
  // Of every link, from the first host to the last; the way back stays as it is.
  void impair(const Impairments& impairments) {
    for (std::size_t i = 0; i < links.size(); ++i) {
      Impairments own = impairments;
      if (own.seed != 0) own.seed += i;
      engine->change(links[i], Direction::a_to_b, own);
    }
    engine->settle();
  }
  LinkCounters counters(int link) { return engine->counters(links[static_cast<std::size_t>(link)], Direction::a_to_b); }

  std::optional<WireProcess> wire;
  std::vector<std::unique_ptr<Host>> hosts;
  std::unique_ptr<Engine> engine;
  std::vector<LinkId> links;
  Fd a;
  Fd b;

 private:
  Host& host(int number) { return *hosts[static_cast<std::size_t>(number)]; }

  void connect(int number) {
    links.push_back(engine->connect(
        {.name = fmt::format("{}", number), .a = end(number, "right", 1), .b = end(number + 1, "left", 2)}));
  }
  // Nobody asks for its neighbour: such a packet would be counted, too.
  End end(int number, const char* interface, std::uint8_t side) {
    End end = TwoHosts::end(host(number), interface);
    end.mac = {2, 0, 0, 0, static_cast<std::uint8_t>(number), side};
    return end;
  }
  void meet(int number, const char* interface, const std::string& address, std::array<std::uint8_t, 6> mac) {
    const auto index = netlink::find_interface(*host(number).socket, interface)->index;
    host(number).socket->perform(netlink::replace_neighbour(index, parse_address(address), {mac}));
  }
  void introduce(int number) {
    meet(number, "right", fmt::format("10.{}.0.2", number + 1), {2, 0, 0, 0, static_cast<std::uint8_t>(number + 1), 2});
    meet(number + 1, "left", fmt::format("10.{}.0.1", number + 1), {2, 0, 0, 0, static_cast<std::uint8_t>(number), 1});
  }
  void lead_on(int number, int hops) {
    host(number).inside([&] {
      const auto lead = [&](int net, int via_net, int via, const char* device) {
        host(number).socket->perform(
            netlink::replace_route({.destination = parse_prefix(fmt::format("10.{}.0.0/24", net)),
                                    .via = parse_address(fmt::format("10.{}.0.{}", via_net, via)),
                                    .device = device}));
      };
      for (int net = 1; net < number; ++net) lead(net, number, 1, "left");
      for (int net = number + 2; net <= hops; ++net) lead(net, number + 1, 2, "right");
    });
  }
};

}  // namespace segue::link
