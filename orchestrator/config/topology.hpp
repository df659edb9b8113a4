// The network of a lab: nodes with roles, links with impairments, and the addresses of both.
//
// A lab is a folder with a topology.toml; README.md shows the format. What the file leaves out is filled in here:
//
//   pool         addressing.ipv6, fd5e:9e::/48 unless said otherwise; node N (from 1, in the file's order) owns its
//                N-th /64
//   locator      that /64. The node address is <locator>::1; segment identifiers come from above its first /79
//   links        belong to their first end, to the second if the first is a mobile, and the owner's K-th link takes
//                <locator>:1:K::/96, so that whatever leads to a node leads to its links. The first end is ::1 in it,
//                the second ::2; ::ffff is kept free for a neighbour nobody is
//   IPv4         only if addressing.ipv4 gives a pool; every node owns a block of it, links are /30 in the owner's
//                block. A mobile's address moves with its IPv6 address, and its links have none: IPv4 packets go over
//                them to the IPv6 address of the other end (RFC 8950)
//   interfaces   are named after the node at the other end; a second link between two nodes adds "-2"
//   MAC          02:5e, the number of the link in three bytes, 1 or 2 for the end
//
// Errors: one InputError with every mistake, one a line: `topology.toml:14: link "map-ar1": delay "10 parsecs": …`.
// Nothing here touches the machine, except that it reads the file. Threading: plain values, no shared state.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nodes/base/ip.hpp"
#include "nodes/link/impairment.hpp"

namespace segue::config {

inline constexpr std::size_t npos = static_cast<std::size_t>(-1);

enum class Role : std::uint8_t { mobile, access_router, anchor, correspondent, home, router };

std::string_view to_text(Role role);  // "mobile", "access-router", …
std::optional<Role> role_named(std::string_view text);

struct Node {
  std::string name;  // unique; fits an interface name
  Role role = Role::router;
  Address address;              // /128 on lo; a mobile's data address
  Prefix locator;               // /64
  std::optional<Address> ipv4;  // /32 on lo; a mobile's other data address
  // Mobile only: the node to which packets for the data address are routed; the anchor, else the home agent, else npos.
  std::size_t home = npos;
  unsigned line = 0;
};

struct LinkEnd {
  std::size_t node = npos;
  std::string interface;  // at most 15 characters, unique on its node
  Address address;
  std::optional<Address> ipv4;
  std::array<std::uint8_t, 6> mac{};
};

struct Link {
  std::string name;
  LinkEnd a;
  LinkEnd b;
  link::Impairments a_to_b;
  link::Impairments b_to_a;
  unsigned mtu = 1500;  // bytes of IP
  Prefix subnet;
  std::optional<Prefix> subnet4;
  unsigned line = 0;
};

// A route the file adds, or sets instead of a computed one to the same destination.
struct ExtraRoute {
  std::size_t node = npos;
  Prefix destination;
  std::size_t link = npos;  // from `node` to the neighbour it names
  unsigned line = 0;
};

struct Topology {
  std::string name;   // of the folder
  std::string title;  // for people; the name if the file has none
  std::filesystem::path folder;
  std::string file;         // as problems show it: "topology.toml"
  std::vector<Node> nodes;  // in the order of the file
  std::vector<Link> links;
  bool static_routes = true;  // compute shortest paths
  std::vector<ExtraRoute> extra_routes;
  std::vector<std::string> warnings;  // with file and line; nothing that stops a lab
};

// Values that take the place of the file's, by dotted name: {"links.map-ar1.delay", "20ms"}. The node or link has to be
// in the file. A value is read as TOML if it is a number, a boolean or quoted, else as a string.
using Overrides = std::vector<std::pair<std::string, std::string>>;

// `lab` is a folder with a topology.toml, or such a file. Throws InputError with all that is wrong.
Topology load_topology(const std::filesystem::path& lab, const Overrides& overrides = {});

std::vector<Address> addresses_of(const Node& node);  // its own: the IPv6 one, then the IPv4 one if it has one
std::optional<Address> address_of(const Node& node, Family family);

std::size_t find_node(const Topology& topology, std::string_view name);  // npos if there is none
std::size_t find_link(const Topology& topology, std::string_view name);
std::vector<std::vector<std::size_t>> links_by_node(const Topology& topology);  // in the order of the file

// The link between two nodes with the least delay from `from` to `to`, the first of several; npos if there is none.
std::size_t link_between(const Topology& topology, std::size_t from, std::size_t to);
// What the link does in the direction that leaves `from`.
const link::Impairments& leaving(const Link& link, std::size_t from);

// The first node with the role of a correspondent; npos if there is none.
std::size_t first_correspondent(const Topology& topology);

// The access routers a mobile has a link to, in the order of the links.
std::vector<std::size_t> access_routers(const Topology& topology, std::size_t mobile);

}  // namespace segue::config
