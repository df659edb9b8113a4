// Routes of both families, with SRv6 encapsulation (RFC 8754, RFC 8986) as a light-weight tunnel.
//
// replace_route puts the route in the place of whatever route has its prefix, table and metric: unicast, tunnel or
// blackhole, through any device, in one step, so that no packet meets a table without either.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "nodes/base/ip.hpp"
#include "nodes/netlink/socket.hpp"

namespace segue::netlink {

enum class RouteType : std::uint8_t { unicast, blackhole, unreachable, throw_ };

// H.Encaps: an outer IPv6 header and a segment routing header. Segments in the order they are visited. Reduced
// (H.Encaps.Red) the first of them is not in that header, and with one segment there is none: a tunnel of RFC 2473.
struct Seg6Encap {
  std::vector<Address> segments{};
  bool reduced = false;
  friend bool operator==(const Seg6Encap&, const Seg6Encap&) = default;
};

// End.DT6: takes the outer headers off and looks the packet up in `table`. The route needs a device, any but loopback.
struct Seg6EndDt6 {
  std::uint32_t table = 254;
  friend bool operator==(const Seg6EndDt6&, const Seg6EndDt6&) = default;
};

// End.DX4: takes the outer headers off and leads the IPv4 packet where one for `next_hop` would be led, by all the rules,
// as one that came over the same interface; 0.0.0.0: where its own destination is. Of those that end a tunnel for IPv4 it
// is the one that needs no VRF device. The route needs a device, as above.
struct Seg6EndDx4 {
  Address next_hop{.family = Family::ipv4};
  friend bool operator==(const Seg6EndDx4&, const Seg6EndDx4&) = default;
};

// End (RFC 8986, section 4.1): goes on to the next segment that the routing header lists. The route needs a device too.
struct Seg6End {
  friend bool operator==(const Seg6End&, const Seg6End&) = default;
};

struct Route {
  Prefix destination{};
  std::optional<Address> via{};
  std::string device{};             // name, looked up when a request is built; "" for blackhole and its like
  std::optional<Address> source{};  // preferred source
  RouteType type = RouteType::unicast;
  std::uint32_t table = 254;  // main
  std::uint32_t metric = 0;   // 0: the kernel's default
  bool onlink = false;        // `via` is on the link although no route says so
  std::variant<std::monostate, Seg6Encap, Seg6EndDt6, Seg6EndDx4, Seg6End> encapsulation{};
  friend bool operator==(const Route&, const Route&) = default;
};

// They look `device` up in the calling thread's namespace; Error if it has none of that name.
Request add_route(const Route& route);  // refused if there is one of the same prefix, table and metric
Request replace_route(const Route& route);
Request delete_route(const Route& route);  // the route of this prefix, table and metric; `via`, `device` narrow it

// The routes of one table. A route over several next hops comes as one Route for each; types that RouteType lacks
// (local, multicast, prohibit …) are left out. The kernel's default metric reads as 0. Tunnels of other kinds than
// those above read as no encapsulation.
std::vector<Route> list_routes(Socket& socket, Family family, std::uint32_t table = 254);

std::string to_text(const Route& route);  // as `ip route` prints it: "fd00::1/128 via fd00::2 dev mn-ar1 metric 5"

}  // namespace segue::netlink
