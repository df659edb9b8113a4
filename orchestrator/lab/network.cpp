#include "orchestrator/lab/network.hpp"

#include <map>
#include <optional>
#include <string>

#include "nodes/base/error.hpp"
#include "nodes/netlink/address.hpp"
#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/neighbour.hpp"
#include "nodes/netlink/route.hpp"
#include "nodes/netlink/rule.hpp"
#include "nodes/netlink/settle.hpp"
#include "nodes/netlink/sysctl.hpp"
#include "orchestrator/mobility/kernel_routes.hpp"
#include "orchestrator/mobility/radio.hpp"

namespace segue::lab {

namespace {

using config::Link;
using config::LinkEnd;
using config::Node;
using config::Role;
using config::Topology;
using netlink::Request;

constexpr std::uint32_t source_rule_priority = 1000;
constexpr std::uint32_t first_access_table = 100;  // a mobile's, one for each of its links

// Interfaces made after this inherit `default`, so it comes before the first link.
void set_sysctls(const Node& node) {
  const auto both = [](const char* name, const char* value) {
    for (const char* scope : {"all", "default"}) {
      netlink::write_sysctl(std::string("net/ipv6/conf/") + scope + '/' + name, value);
    }
  };
  both("accept_dad", "0");
  both("accept_ra", "0");
  both("seg6_enabled", "1");
  both("router_solicitations", "0");
  // The reports of an interface that comes up are over before anything is measured, and meet no packet at a rate.
  both("mldv2_unsolicited_report_interval", "1");
  // What IPv4 does with sources and IPv6 does not: a packet that comes back to its own node, or by another link than its
  // source is behind, is none of anybody's business here; and nobody is told of a shorter way.
  if (node.ipv4) {
    for (const char* scope : {"all", "default"}) {
      const std::string conf = std::string("net/ipv4/conf/") + scope + '/';
      netlink::write_sysctl(conf + "rp_filter", "0");
      netlink::write_sysctl(conf + "accept_local", "1");
      netlink::write_sysctl(conf + "send_redirects", "0");
    }
  }
  if (node.role == Role::mobile) {
    // Or what is for a connected socket would not be looked up, and be heard by a radio that is deaf.
    netlink::write_sysctl("net/ipv4/ip_early_demux", "0");
    return;
  }
  netlink::write_sysctl("net/ipv6/conf/all/forwarding", "1");
  netlink::write_sysctl("net/ipv4/ip_forward", "1");
}

std::vector<std::size_t> mobiles_of(const Topology& topology) {
  std::vector<std::size_t> mobiles;
  for (std::size_t node = 0; node < topology.nodes.size(); ++node) {
    if (topology.nodes[node].role == Role::mobile) mobiles.push_back(node);
  }
  return mobiles;
}

// The requests that set up one node, in the order they have to be in.
class NodeSetup {
 public:
  NodeSetup(const mobility::Geography& geography, std::size_t node)
      : geography_(geography), topology_(geography.topology), node_(node) {}

  std::vector<Request> requests(const std::vector<std::size_t>& links, const std::vector<config::StaticRoute>& routes,
                                const std::vector<std::size_t>& mobiles) {
    add_own_addresses();
    for (const std::size_t index : links) {
      const Link& link = topology_.links[index];
      link.a.node == node_ ? add_link_end(link, link.a, link.b) : add_link_end(link, link.b, link.a);
    }
    add_static_routes(routes);
    if (topology_.nodes[node_].role == Role::mobile) add_radio_rules();
    add_mobility_rules(mobiles);
    return std::move(requests_);
  }

 private:
  void add(Request request) { requests_.push_back(std::move(request)); }

  void add_own_addresses() {
    const Node& node = topology_.nodes[node_];
    add(netlink::set_up(netlink::loopback_index));
    for (const Address& own : config::addresses_of(node)) {
      add(netlink::add_address(netlink::loopback_index, host_prefix(own)));
    }
  }

  void add_link_end(const Link& link, const LinkEnd& near, const LinkEnd& far) {
    const auto index = netlink::index_of(near.interface);
    add(netlink::add_address(index, {near.address, link.subnet.length}));
    add(netlink::replace_neighbour(index, far.address, {far.mac}));
    if (near.ipv4 && link.subnet4) {
      add(netlink::add_address(index, {*near.ipv4, link.subnet4->length}));
      add(netlink::replace_neighbour(index, *far.ipv4, {far.mac}));
    }
    if (topology_.nodes[node_].role == Role::mobile) add_access_link(link, near, far, index);
  }

  // A mobile's signalling from the address of a link leaves by that link, whatever becomes of its data.
  void add_access_link(const Link& link, const LinkEnd& near, const LinkEnd& far, std::uint32_t index) {
    add(netlink::replace_neighbour(index, mobility::nobody_on(link), mobility::nobody_mac));
    const auto table = first_access_table + access_links_++;
    netlink::Route route;
    route.destination = Prefix{};
    route.via = far.address;
    route.device = near.interface;
    route.table = table;
    add(netlink::replace_route(route));
    netlink::Rule rule;
    rule.from = host_prefix(near.address);
    rule.table = table;
    rule.priority = source_rule_priority;
    add(netlink::add_rule(rule));
  }

  // With the node's own address as their source, or the kernel would take the link's, and who asked a server that is
  // bound to no address would not know the answer. (A mobile's own is a matter of its mechanism.)
  std::optional<Address> source_for(const Prefix& destination) const {
    const Node& node = topology_.nodes[node_];
    if (node.role == Role::mobile) return std::nullopt;
    return config::address_of(node, destination.address.family);
  }

  void add_static_routes(const std::vector<config::StaticRoute>& routes) {
    for (const config::StaticRoute& route : routes) {
      const Link& link = topology_.links[route.link];
      netlink::Route request;
      request.destination = route.destination;
      request.via = route.via;
      request.device = (link.a.node == node_ ? link.a : link.b).interface;
      request.source = source_for(route.destination);
      add(netlink::replace_route(request));
    }
  }

  void add_radio_rules() {
    for (const Address& data : config::addresses_of(topology_.nodes[node_])) {
      add(netlink::add_rule(mobility::local_rule(data.family)));
      add(netlink::delete_rule(mobility::kernel_local_rule(data.family)));
    }
    for (const netlink::Rule& rule : mobility::radio_rules(topology_, node_)) add(netlink::add_rule(rule));
  }

  void add_mobility_rules(const std::vector<std::size_t>& mobiles) {
    for (const std::size_t mobile : mobiles) {
      for (netlink::Rule rule : mobility::rules_for(geography_, mobile, node_)) {
        rule.priority = source_rule_priority;
        add(netlink::add_rule(rule));
      }
    }
  }

  mobility::Geography geography_;
  const Topology& topology_;
  std::size_t node_;
  std::uint32_t access_links_ = 0;
  std::vector<Request> requests_;
};

}  // namespace

link::Impairments seeded(const link::Impairments& impairments, std::uint64_t seed, std::size_t link, bool forward) {
  link::Impairments result = impairments;
  result.seed = seed * 0x9e3779b97f4a7c15ULL + link * 2 + (forward ? 0 : 1) + 1;
  return result;
}

void Network::build(const Topology& topology, link::Engine& engine, std::uint64_t seed) {
  connect(topology, engine, seed);
  configure(topology);
}

int Network::add(const Node& node) {
  Site site;
  const netlink::Enter inside = netlink::Enter::fresh(site.space);
  set_sysctls(node);
  site.socket = std::make_unique<netlink::Socket>();
  sites_.push_back(std::move(site));
  return sites_.back().space.fd();
}

void Network::connect(const Topology& topology, link::Engine& engine, std::uint64_t seed) {
  const auto end = [this](const LinkEnd& side) {
    return link::End{.namespace_fd = namespace_of(side.node),
                     .socket = sites_[side.node].socket.get(),
                     .interface = side.interface,
                     .mac = side.mac};
  };
  for (std::size_t i = 0; i < topology.links.size(); ++i) {
    const Link& link = topology.links[i];
    links_.push_back(engine.connect({.name = link.name,
                                     .a = end(link.a),
                                     .b = end(link.b),
                                     .a_to_b = seeded(link.a_to_b, seed, i, true),
                                     .b_to_a = seeded(link.b_to_a, seed, i, false),
                                     .mtu = link.mtu}));
  }
}

void Network::configure(const Topology& topology) {
  static_routes_ = config::shortest_paths(topology);
  const mobility::Ways ways(topology, static_routes_);
  const auto links = config::links_by_node(topology);
  const auto mobiles = mobiles_of(topology);
  for (std::size_t node = 0; node < sites_.size(); ++node) {
    const netlink::Enter inside(sites_[node].space);
    sites_[node].socket->perform(
        NodeSetup({topology, ways}, node).requests(links[node], static_routes_[node], mobiles));
    netlink::settle();
  }
}

}  // namespace segue::lab
