#include "orchestrator/config/addressing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>

namespace segue::config {

namespace {

constexpr std::size_t interface_length = 15;  // IFNAMSIZ less the terminating NUL
constexpr unsigned locator_length = 64;
constexpr std::uint8_t link_length = 96;
constexpr std::uint8_t link_length_ipv4 = 30;
constexpr unsigned comfortable_block = 8;  // bits of a node's IPv4 block, if the pool has room

std::uint64_t get(const Address& address, std::size_t first, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = first; i < first + count; ++i) value = value << 8 | address.bytes[i];
  return value;
}

Address plus(Address address, std::size_t first, std::size_t count, std::uint64_t amount) {
  std::uint64_t value = get(address, first, count) + amount;
  for (std::size_t i = first + count; i-- > first; value >>= 8) address.bytes[i] = static_cast<std::uint8_t>(value);
  return address;
}

Address host_in(const Prefix& subnet, std::uint64_t host) {
  return subnet.address.family == Family::ipv4 ? plus(subnet.address, 0, 4, host) : plus(subnet.address, 8, 8, host);
}

std::size_t owner(const Topology& topology, const Link& link) {
  return topology.nodes[link.a.node].role == Role::mobile ? link.b.node : link.a.node;
}

bool is_access_link(const Topology& topology, const Link& link) {
  const auto mobile = [&](const LinkEnd& end) { return topology.nodes[end.node].role == Role::mobile; };
  return mobile(link.a) || mobile(link.b);
}

std::string node_object(const Node& node) { return fmt::format("node \"{}\"", node.name); }
std::string link_object(const Link& link) { return fmt::format("link \"{}\"", link.name); }

bool overlap(const Prefix& a, const Prefix& b) { return a.contains(b.address) || b.contains(a.address); }

class Assignment {
 public:
  Assignment(Topology& topology, const GivenAddresses& given, Problems& problems)
      : topology_(topology), given_(given), problems_(problems) {}

  void run() {
    assign_ipv6();
    assign_ipv4();
    number_links();
    check_nodes(given_.node, [](const Node& node) { return std::optional(node.address); });
    check_nodes(given_.node_ipv4, [](const Node& node) { return node.ipv4; });
    check_subnets(given_.subnet, std::optional(given_.ipv6_pool));
    check_subnets(given_.subnet_ipv4, given_.ipv4_pool);
  }

 private:
  void assign_ipv6() {
    const auto bits = locator_length - std::min<unsigned>(given_.ipv6_pool.length, locator_length);
    if (bits < 64 && topology_.nodes.size() >= std::uint64_t{1} << bits) {
      problems_.add(0, "addressing",
                    fmt::format("ipv6 \"{}\" has no /64 for each of {} nodes", segue::to_text(given_.ipv6_pool),
                                topology_.nodes.size()));
      return;
    }
    for (std::size_t i = 0; i < topology_.nodes.size(); ++i) {
      Node& node = topology_.nodes[i];
      node.locator = {plus(given_.ipv6_pool.address, 0, 8, i + 1), locator_length};
      node.address = given_.node[i].value_or(host_in(node.locator, 1));
    }
    std::vector<std::uint64_t> links_of(topology_.nodes.size());
    for (std::size_t i = 0; i < topology_.links.size(); ++i) {
      Link& link = topology_.links[i];
      const auto node = owner(topology_, link);
      const auto number = ++links_of[node];
      const Prefix assigned{plus(topology_.nodes[node].locator.address, 8, 4, 0x10000 + number), link_length};
      link.subnet = given_.subnet[i].value_or(assigned);
      link.a.address = host_in(link.subnet, 1);
      link.b.address = host_in(link.subnet, 2);
    }
  }

  void assign_ipv4() {
    for (std::size_t i = 0; i < topology_.nodes.size(); ++i) topology_.nodes[i].ipv4 = given_.node_ipv4[i];
    for (std::size_t i = 0; i < topology_.links.size(); ++i) topology_.links[i].subnet4 = given_.subnet_ipv4[i];
    if (given_.ipv4_pool) assign_from(*given_.ipv4_pool);
    for (Link& link : topology_.links) {
      if (!link.subnet4) continue;
      link.a.ipv4 = host_in(*link.subnet4, 1);
      link.b.ipv4 = host_in(*link.subnet4, 2);
    }
  }

  void assign_from(const Prefix& pool) {
    std::vector<std::uint64_t> links_of(topology_.nodes.size());
    std::uint64_t most = 0;
    for (const Link& link : topology_.links) {
      if (!is_access_link(topology_, link)) most = std::max(most, ++links_of[owner(topology_, link)]);
    }
    const auto needed = static_cast<unsigned>(std::bit_width(4 * (most + 1) - 1));
    const auto blocks = static_cast<unsigned>(std::bit_width(topology_.nodes.size()));
    const unsigned room = 32U - pool.length;
    if (needed + blocks > room) {
      problems_.add(
          given_.ipv4_pool_line, "addressing",
          fmt::format("ipv4 \"{}\" is too small for {} nodes with up to {} links each; a /{} would do",
                      segue::to_text(pool), topology_.nodes.size(), most, 32 - std::min(32U, needed + blocks)));
      return;
    }
    const auto block = std::max(needed, std::min(comfortable_block, room - blocks));
    std::fill(links_of.begin(), links_of.end(), 0);
    const auto start = [&](std::size_t node) { return plus(pool.address, 0, 4, (node + 1) << block); };
    for (std::size_t i = 0; i < topology_.nodes.size(); ++i) {
      if (!topology_.nodes[i].ipv4) topology_.nodes[i].ipv4 = plus(start(i), 0, 4, 1);
    }
    for (Link& link : topology_.links) {
      if (is_access_link(topology_, link)) continue;
      const auto node = owner(topology_, link);
      const auto number = ++links_of[node];
      if (!link.subnet4) link.subnet4 = Prefix{plus(start(node), 0, 4, 4 * number), link_length_ipv4};
    }
  }

  void number_links() {
    for (std::size_t i = 0; i < topology_.links.size(); ++i) {
      const auto mac = [i](std::uint8_t end) {
        return std::array<std::uint8_t, 6>{0x02,
                                           0x5e,
                                           static_cast<std::uint8_t>(i >> 16),
                                           static_cast<std::uint8_t>(i >> 8),
                                           static_cast<std::uint8_t>(i),
                                           end};
      };
      topology_.links[i].a.mac = mac(1);
      topology_.links[i].b.mac = mac(2);
    }
  }

  // A given address is nobody else's, and lies in nobody else's locator and in no link.
  template <typename AddressOf>
  void check_nodes(const std::vector<std::optional<Address>>& given, AddressOf address_of) {
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (given[i]) check_node(i, *given[i], address_of);
    }
  }

  template <typename AddressOf>
  void check_node(std::size_t index, const Address& address, AddressOf address_of) {
    const Node& node = topology_.nodes[index];
    const auto report = [&](const std::string& text) {
      problems_.add(node.line, node_object(node), fmt::format("address {} {}", segue::to_text(address), text));
    };
    for (std::size_t other = 0; other < topology_.nodes.size(); ++other) {
      if (other == index) continue;
      const Node& another = topology_.nodes[other];
      if (address_of(another) == address) {
        // Of two that are given, the later one is the mistake.
        const bool both =
            address.family == Family::ipv4 ? given_.node_ipv4[other].has_value() : given_.node[other].has_value();
        if (other < index || !both) return report(fmt::format("is that of node \"{}\" too", another.name));
      } else if (another.locator.contains(address)) {
        return report(
            fmt::format("lies in {}, the locator of node \"{}\"", segue::to_text(another.locator), another.name));
      }
    }
    for (const Link& link : topology_.links) {
      if (link.subnet.contains(address) || (link.subnet4 && link.subnet4->contains(address))) {
        return report(fmt::format("lies in the subnet of link \"{}\"", link.name));
      }
    }
  }

  void check_subnets(const std::vector<std::optional<Prefix>>& given, const std::optional<Prefix>& pool) {
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (!given[i]) continue;
      const Link& link = topology_.links[i];
      const auto report = [&](const std::string& text) {
        problems_.add(link.line, link_object(link), fmt::format("subnet {} {}", segue::to_text(*given[i]), text));
      };
      if (pool && overlap(*pool, *given[i])) {
        report(fmt::format("overlaps {}, from which the others are assigned", segue::to_text(*pool)));
      }
      for (std::size_t other = 0; other < i; ++other) {
        if (!given[other] || !overlap(*given[other], *given[i])) continue;
        report(fmt::format("overlaps that of link \"{}\"", topology_.links[other].name));
        break;
      }
    }
  }

  Topology& topology_;
  const GivenAddresses& given_;
  Problems& problems_;
};

}  // namespace

Prefix default_ipv6_pool() { return parse_prefix("fd5e:9e::/48"); }

bool usable(const Address& address) {
  const auto& bytes = address.bytes;
  if (address.family == Family::ipv4) return bytes[0] != 0 && bytes[0] != 127 && bytes[0] < 224;
  const bool multicast = bytes[0] == 0xff;
  const bool link_local = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
  // ::/96 holds the unspecified address, the loopback and nothing a node may have today.
  const bool zero = get(address, 0, 8) == 0 && get(address, 8, 4) == 0;
  return !multicast && !link_local && !zero;
}

void assign_addresses(Topology& topology, const GivenAddresses& given, Problems& problems) {
  Assignment(topology, given, problems).run();
}

void name_interfaces(Topology& topology) {
  std::vector<std::set<std::string>> taken(topology.nodes.size());
  const auto name = [&](LinkEnd& end, std::size_t peer) {
    const std::string& base = topology.nodes[peer].name;
    std::string candidate = base;
    for (unsigned number = 2; !taken[end.node].insert(candidate).second; ++number) {
      const auto suffix = fmt::format("-{}", number);
      candidate = base.substr(0, interface_length - suffix.size()) + suffix;
    }
    end.interface = std::move(candidate);
  };
  for (Link& link : topology.links) {
    name(link.a, link.b.node);
    name(link.b, link.a.node);
  }
}

}  // namespace segue::config
