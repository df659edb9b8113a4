// The segment identifiers of a lab (RFC 8986), and what its nodes do with packets for them.
//
// A tunnel is SRv6: H.Encaps at its head, End.DT6 at its tail, End where it is led over a node. Each node has segment
// identifiers taken from its locator, by function:
//
//   0xc  End, one for all mobiles, in labs with a tunnel that is led over a node
//   0xd  of the downlink: ends in the table for what is led here
//   0xe  of the uplink: ends in the main table
//   0xf  of the downlink from another access router, at an access router: ends as 0xd, but while such packets wait
//
// and 0x4d, 0x4e, 0x4f where IPv4 is inside: End.DT4 would need a VRF device, which not every kernel has, so these end in
// End.DX4. Where that leads to a table, its next hop is an address that stands for the table (240.0.0.0 and the table's
// number: class E is nobody's, RFC 1112) and that a rule leads there. What such a table has of a mobile is a default
// route, since the look-up is not for D.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nodes/netlink/route.hpp"
#include "nodes/netlink/rule.hpp"
#include "orchestrator/mobility/forwarding.hpp"

namespace segue::mobility {

// The argument of each is the mobile; `inner`: the family of what is in the tunnel.
Address downlink_segment(const config::Topology& topology, std::size_t node, std::size_t mobile,
                         Family inner = Family::ipv6);
Address uplink_segment(const config::Topology& topology, std::size_t node, std::size_t mobile,
                       Family inner = Family::ipv6);
Address forwarded_segment(const config::Topology& topology, std::size_t node, std::size_t mobile,
                          Family inner = Family::ipv6);
Address waypoint_segment(const config::Topology& topology, std::size_t node);
// That of the downlink's tunnel from `head`.
Address segment_from(const config::Topology& topology, std::size_t head, std::size_t tail, std::size_t mobile,
                     Family inner = Family::ipv6);

// The way of a tunnel's packets, each part by the static routes for the segment that is its destination.
struct Leg {
  std::size_t from;
  std::size_t to;
  Address segment;
};
std::vector<Leg> legs_of(const config::Topology& topology, std::size_t head, const Way& tunnel, const Address& segment);

// What takes packets of that family for `segment` out of their tunnel at `node` and looks them up in that table; IPv4
// needs its rule there, but for the main table. Throws InputError for a node without a link.
netlink::Route end_of_tunnel(const config::Topology& topology, std::size_t node, const Address& segment,
                             std::uint32_t table, Family inner = Family::ipv6);
netlink::Rule rule_of_table(std::uint32_t table);  // its priority is left to the caller

// What a node has so that tunnels may be led over it; a mobile and a node without links have nothing.
std::vector<netlink::Route> waypoint(const config::Topology& topology, std::size_t node);

// What a mobile's packets to `data` are called in that table; and those from it.
Prefix destination_in(std::uint32_t table, const Address& data);
Prefix all_of(Family family);

}  // namespace segue::mobility
