#include "orchestrator/mobility/buffers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/mobility/kernel_routes.hpp"

namespace segue::mobility {

namespace {

constexpr std::uint32_t main_table = 254;
constexpr std::uint32_t first_table = 3000;  // one for each mobile
constexpr std::uint32_t first_mark = 0x5e60;
constexpr unsigned longest_packet = 65535;
// At the mobile behind its local table's rule (radio.hpp), elsewhere before those of kernel_routes.hpp.
constexpr std::uint32_t marked_priority = 890;
constexpr std::uint32_t held_priority = 900;

// What a node sends by itself has to fit the link that it will go over; what it forwards has already.
unsigned mtu_of(const config::Topology& topology, std::size_t mobile, std::size_t node) {
  const auto role = topology.nodes[node].role;
  if (role != config::Role::mobile && role != config::Role::correspondent) return longest_packet;
  unsigned least = longest_packet;
  for (const config::Link& link : topology.links) {
    if (link.a.node == mobile || link.b.node == mobile) least = std::min(least, link.mtu);
  }
  return least;
}

// Of one node, for one of a mobile's data addresses.
class Places {
 public:
  Places(const config::Topology& topology, const Binding& binding, std::size_t node, const Address& data)
      : topology_(topology),
        mobile_(binding.mobile),
        node_(node),
        data_(data),
        ordinal_(ordinal_of(topology_, mobile_)) {}

  bool uplink() const { return node_ == mobile_; }
  bool ipv4() const { return data_.family == Family::ipv4; }
  std::uint32_t table() const { return first_table + ordinal_; }
  std::uint32_t mark() const { return first_mark + ordinal_; }
  std::string device() const { return fmt::format("hold.{}", ordinal_); }
  // Where packets that were led here are looked up.
  std::uint32_t onwards() const {
    return serves(topology_, node_, mobile_) ? table_led(topology_, mobile_) : main_table;
  }

  std::vector<netlink::Rule> rules() const {
    netlink::Rule held{.family = data_.family, .table = table(), .priority = held_priority};
    (uplink() ? held.from : held.to) = host_prefix(data_);
    std::vector<netlink::Rule> rules{
        {.family = data_.family, .mark = mark(), .table = onwards(), .priority = marked_priority}, held};
    if (!ipv4() || uplink()) return rules;
    rules.push_back(rule_of_table(table()));
    rules.back().priority = held_priority;
    return rules;
  }

  netlink::Route aside() const {
    netlink::Route route;
    route.destination = uplink() ? all_of(data_.family) : destination_in(table(), data_);
    route.table = table();
    return route;
  }
  netlink::Route end_of_downlink(std::uint32_t in_table) const {
    const Address segment = downlink_segment(topology_, node_, mobile_, data_.family);
    return end_of_tunnel(topology_, node_, segment, in_table, data_.family);
  }

 private:
  const config::Topology& topology_;
  std::size_t mobile_;
  std::size_t node_;
  Address data_;
  std::uint32_t ordinal_;
};

// Connected sockets keep the route they have found until the routes of its prefix in its table change (fib6's serial
// numbers), and what changes is another table: so the same prefix of the main table gets a last resort anew. Where there
// is no route at all nothing would have been sent. (IPv4 has one number for all routes.)
netlink::Route wake_sockets(const Places& places) {
  netlink::Route route = places.aside();
  route.table = main_table;
  route.type = netlink::RouteType::blackhole;
  route.metric = 0xfffffffe;
  return route;
}

netlink::Route past_device(const Places& places) {
  netlink::Route route = places.aside();
  route.type = netlink::RouteType::throw_;
  return route;
}

}  // namespace

protocol::Buffer buffer_at(const Geography& geography, const Binding& binding, std::size_t node,
                           std::uint64_t handover) {
  const auto& topology = geography.topology;
  const auto addresses = config::addresses_of(topology.nodes[binding.mobile]);
  const Places any(topology, binding, node, addresses.front());
  protocol::Buffer buffer{.device = any.device(),
                          .mtu = mtu_of(topology, binding.mobile, node),
                          .mark = any.mark(),
                          .addresses = addresses,
                          .uplink = any.uplink(),
                          .handover = handover};
  for (const Address& data : addresses) {
    const Places places(topology, binding, node, data);
    for (auto& rule : places.rules()) buffer.rules.push_back(std::move(rule));
    netlink::Route into = places.aside();
    into.device = places.device();
    buffer.into.push_back(into);
    if (!places.ipv4()) buffer.into.push_back(wake_sockets(places));
    buffer.past.push_back(past_device(places));
    if (places.uplink()) continue;
    buffer.into.push_back(places.end_of_downlink(places.table()));
    buffer.past.push_back(places.end_of_downlink(places.onwards()));
  }
  return buffer;
}

std::vector<netlink::Route> unheld(const Geography& geography, const Binding& binding, std::size_t node) {
  std::vector<netlink::Route> routes;
  for (const Address& data : config::addresses_of(geography.topology.nodes[binding.mobile])) {
    routes.push_back(past_device(Places(geography.topology, binding, node, data)));
  }
  return routes;
}

}  // namespace segue::mobility
