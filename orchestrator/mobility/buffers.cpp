#include "orchestrator/mobility/buffers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/mobility/kernel_routes.hpp"

namespace segue::mobility {

namespace {

constexpr std::uint32_t main_table = 254;
// One for each mobile.
constexpr std::uint32_t first_table = 3000;
constexpr std::uint32_t first_forwarded_table = 5000;
constexpr std::uint32_t first_copies_table = 7000;
constexpr std::uint32_t first_mark = 0x5e60;
constexpr std::uint32_t first_forwarded_mark = 0x15e60;
constexpr std::uint32_t first_copies_mark = 0x25e60;
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
  std::uint32_t forwarded_table() const { return first_forwarded_table + ordinal_; }
  std::uint32_t copies_table() const { return first_copies_table + ordinal_; }
  std::uint32_t mark() const { return first_mark + ordinal_; }
  std::uint32_t forwarded_mark() const { return first_forwarded_mark + ordinal_; }
  std::uint32_t copies_mark() const { return first_copies_mark + ordinal_; }
  std::string device() const { return fmt::format("hold.{}", ordinal_); }
  std::string forwarded_device() const { return fmt::format("hold-f.{}", ordinal_); }
  bool tells_flows_apart() const { return serves(topology_, node_, mobile_); }
  // Where packets that were led here are looked up.
  std::uint32_t onwards() const {
    return serves(topology_, node_, mobile_) ? table_led(topology_, mobile_) : main_table;
  }

  // What leads packets to their table, and what the relay sends on past it.
  std::vector<netlink::Rule> rules() const {
    netlink::Rule held{.family = data_.family, .table = table(), .priority = held_priority};
    (uplink() ? held.from : held.to) = host_prefix(data_);
    std::vector<netlink::Rule> rules{marked(mark(), onwards()), held};
    if (uplink()) return rules;
    // A table and a mark of their own, so that the way of copies is no route of the mechanism's.
    rules.push_back(marked(copies_mark(), copies_table()));
    add_rule_of(table(), rules);
    return rules;
  }
  std::vector<netlink::Rule> rules_of_forwarded() const {
    std::vector<netlink::Rule> rules{marked(forwarded_mark(), onwards())};
    add_rule_of(forwarded_table(), rules);
    return rules;
  }

  netlink::Route aside(std::uint32_t in_table) const {
    netlink::Route route;
    route.destination = uplink() ? all_of(data_.family) : destination_in(in_table, data_);
    route.table = in_table;
    return route;
  }
  netlink::Route aside() const { return aside(table()); }
  netlink::Route end_of_downlink(std::uint32_t in_table) const {
    const Address segment = downlink_segment(topology_, node_, mobile_, data_.family);
    return end_of_tunnel(topology_, node_, segment, in_table, data_.family);
  }
  netlink::Route end_of_forwarding(std::uint32_t in_table) const {
    const Address segment = forwarded_segment(topology_, node_, mobile_, data_.family);
    return end_of_tunnel(topology_, node_, segment, in_table, data_.family);
  }

 private:
  netlink::Rule marked(std::uint32_t mark, std::uint32_t in_table) const {
    return {.family = data_.family, .mark = mark, .table = in_table, .priority = marked_priority};
  }
  void add_rule_of(std::uint32_t in_table, std::vector<netlink::Rule>& rules) const {
    if (!ipv4()) return;
    rules.push_back(rule_of_table(in_table));
    rules.back().priority = held_priority;
  }

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

// Adds what that family's packets need.
void add_family(const Places& places, config::Flow flow, protocol::Buffer& buffer) {
  if (flow == config::Flow::forwarded) {
    for (auto& rule : places.rules_of_forwarded()) buffer.rules.push_back(std::move(rule));
    netlink::Route into = places.aside(places.forwarded_table());
    into.device = buffer.device;
    buffer.into.push_back(into);
    buffer.into.push_back(places.end_of_forwarding(places.forwarded_table()));
    buffer.past.push_back(places.end_of_forwarding(places.onwards()));
    return;
  }
  for (auto& rule : places.rules()) buffer.rules.push_back(std::move(rule));
  netlink::Route into = places.aside();
  into.device = buffer.device;
  buffer.into.push_back(into);
  if (!places.ipv4()) buffer.into.push_back(wake_sockets(places));
  buffer.past.push_back(past_device(places));
  if (places.uplink()) return;
  buffer.into.push_back(places.end_of_downlink(places.table()));
  buffer.past.push_back(places.end_of_downlink(places.onwards()));
  if (flow != config::Flow::all || !places.tells_flows_apart()) return;
  buffer.into.push_back(places.end_of_forwarding(places.table()));
  buffer.past.push_back(places.end_of_forwarding(places.onwards()));
}

}  // namespace

protocol::Buffer buffer_at(const Geography& geography, const Binding& binding, std::size_t node, std::uint64_t handover,
                           config::Flow flow) {
  const auto& topology = geography.topology;
  const auto addresses = config::addresses_of(topology.nodes[binding.mobile]);
  const Places any(topology, binding, node, addresses.front());
  const bool forwarded = flow == config::Flow::forwarded;
  protocol::Buffer buffer{.device = forwarded ? any.forwarded_device() : any.device(),
                          .mtu = mtu_of(topology, binding.mobile, node),
                          .mark = forwarded ? any.forwarded_mark() : any.mark(),
                          .copy_mark = forwarded || any.uplink() ? 0 : any.copies_mark(),
                          .addresses = addresses,
                          .uplink = any.uplink(),
                          .handover = handover};
  for (const Address& data : addresses) add_family(Places(topology, binding, node, data), flow, buffer);
  return buffer;
}

std::vector<protocol::Action> buffer_actions(const Geography& geography, const Binding& binding, std::size_t node,
                                             std::uint64_t handover, const config::BufferAction& action, bool apart) {
  using config::BufferVerb;
  using config::Flow;
  // Of two queues that go on at once that of the forwarded ones first: they were sent before.
  std::vector<Flow> flows{action.flow};
  const bool ends = action.verb == BufferVerb::release || action.verb == BufferVerb::discard;
  if (apart && ends && action.flow == Flow::all && serves(geography.topology, node, binding.mobile)) {
    flows = {Flow::forwarded, Flow::all};
  }
  std::vector<protocol::Action> actions;
  for (const Flow flow : flows) {
    auto buffer = buffer_at(geography, binding, node, handover, flow);
    switch (action.verb) {
      case BufferVerb::hold:
        actions.emplace_back(protocol::Hold{std::move(buffer), action.limit, action.drop_oldest});
        break;
      case BufferVerb::release:
        actions.emplace_back(protocol::Release{std::move(buffer)});
        break;
      case BufferVerb::discard:
        actions.emplace_back(protocol::Discard{std::move(buffer)});
        break;
      case BufferVerb::window:
        actions.emplace_back(protocol::Window{std::move(buffer), action.window});
        break;
      case BufferVerb::replay:
        actions.emplace_back(protocol::Replay{std::move(buffer)});
        break;
      case BufferVerb::forget:
        actions.emplace_back(protocol::Forget{std::move(buffer)});
        break;
    }
  }
  return actions;
}

protocol::Action bicast_action(const Geography& geography, const Binding& binding, std::size_t node,
                               std::uint64_t handover, const config::BicastAction& action) {
  auto buffer = buffer_at(geography, binding, node, handover);
  if (action.way.verb == config::RouteVerb::off) return protocol::EndBicast{std::move(buffer)};
  const Way way = way_of_copies(geography, binding, node, action.way);
  const auto& topology = geography.topology;
  const auto table = Places(topology, binding, node, topology.nodes[binding.mobile].address).copies_table();
  return protocol::Bicast{std::move(buffer), led_that_way(geography, binding, node, way, table), action.delay};
}

std::vector<netlink::Route> unheld(const Geography& geography, const Binding& binding, std::size_t node) {
  std::vector<netlink::Route> routes;
  for (const Address& data : config::addresses_of(geography.topology.nodes[binding.mobile])) {
    routes.push_back(past_device(Places(geography.topology, binding, node, data)));
  }
  return routes;
}

}  // namespace segue::mobility
