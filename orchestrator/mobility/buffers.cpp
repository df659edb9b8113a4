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

class Places {
 public:
  Places(const Geography& geography, const Binding& binding, std::size_t node)
      : topology_(geography.topology), mobile_(binding.mobile), node_(node), ordinal_(ordinal_of(topology_, mobile_)) {}

  bool uplink() const { return node_ == mobile_; }
  std::uint32_t table() const { return first_table + ordinal_; }
  std::uint32_t forwarded_table() const { return first_forwarded_table + ordinal_; }
  std::uint32_t copies_table() const { return first_copies_table + ordinal_; }
  std::uint32_t mark() const { return first_mark + ordinal_; }
  std::uint32_t forwarded_mark() const { return first_forwarded_mark + ordinal_; }
  std::uint32_t copies_mark() const { return first_copies_mark + ordinal_; }
  std::string device() const { return fmt::format("hold.{}", ordinal_); }
  std::string forwarded_device() const { return fmt::format("hold-f.{}", ordinal_); }
  bool tells_flows_apart() const { return serves(topology_, node_, mobile_); }
  Prefix data() const { return host_prefix(topology_.nodes[mobile_].address); }
  // Where packets that were led here are looked up.
  std::uint32_t onwards() const {
    return serves(topology_, node_, mobile_) ? table_led(topology_, mobile_) : main_table;
  }

  netlink::Route aside() const {
    netlink::Route route;
    route.destination = uplink() ? Prefix{} : data();
    route.table = table();
    return route;
  }
  netlink::Route end_of_downlink(std::uint32_t in_table) const {
    return end_of_tunnel(topology_, node_, downlink_segment(topology_, node_, mobile_), in_table);
  }
  netlink::Route end_of_forwarding(std::uint32_t in_table) const {
    return end_of_tunnel(topology_, node_, forwarded_segment(topology_, node_, mobile_), in_table);
  }

 private:
  const config::Topology& topology_;
  std::size_t mobile_;
  std::size_t node_;
  std::uint32_t ordinal_;
};

// Connected sockets keep the route they have found until the routes of its prefix in its table change (fib6's serial
// numbers), and what changes is another table: so the same prefix of the main table gets a last resort anew. Where there
// is no route at all nothing would have been sent.
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

protocol::Buffer of_forwarded(const Places& places, protocol::Buffer buffer) {
  buffer.device = places.forwarded_device();
  buffer.mark = places.forwarded_mark();
  buffer.rules = {{.mark = buffer.mark, .table = places.onwards(), .priority = marked_priority}};
  netlink::Route into = places.aside();
  into.table = places.forwarded_table();
  into.device = buffer.device;
  buffer.into = {into, places.end_of_forwarding(places.forwarded_table())};
  buffer.past = {places.end_of_forwarding(places.onwards())};
  return buffer;
}

// A table and a mark of their own, so that the way of copies is no route of the mechanism's.
void add_copies(const Places& places, protocol::Buffer& buffer) {
  buffer.copy_mark = places.copies_mark();
  buffer.rules.push_back({.mark = buffer.copy_mark, .table = places.copies_table(), .priority = marked_priority});
}

}  // namespace

protocol::Buffer buffer_at(const Geography& geography, const Binding& binding, std::size_t node, std::uint64_t handover,
                           config::Flow flow) {
  const Places places(geography, binding, node);
  protocol::Buffer buffer{.device = places.device(),
                          .mtu = mtu_of(geography.topology, binding.mobile, node),
                          .mark = places.mark(),
                          .address = places.data().address,
                          .uplink = places.uplink(),
                          .handover = handover};
  if (flow == config::Flow::forwarded) return of_forwarded(places, std::move(buffer));
  buffer.rules.push_back({.mark = places.mark(), .table = places.onwards(), .priority = marked_priority});
  netlink::Rule held{.table = places.table(), .priority = held_priority};
  (places.uplink() ? held.from : held.to) = places.data();
  buffer.rules.push_back(held);
  netlink::Route into = places.aside();
  into.device = places.device();
  buffer.into.push_back(into);
  buffer.into.push_back(wake_sockets(places));
  buffer.past.push_back(past_device(places));
  if (places.uplink()) return buffer;
  add_copies(places, buffer);
  buffer.into.push_back(places.end_of_downlink(places.table()));
  buffer.past.push_back(places.end_of_downlink(places.onwards()));
  if (flow == config::Flow::all && places.tells_flows_apart()) {
    buffer.into.push_back(places.end_of_forwarding(places.table()));
    buffer.past.push_back(places.end_of_forwarding(places.onwards()));
  }
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
  const auto table = Places(geography, binding, node).copies_table();
  return protocol::Bicast{std::move(buffer), {led_that_way(geography, binding, node, way, table)}, action.delay};
}

std::vector<netlink::Route> unheld(const Geography& geography, const Binding& binding, std::size_t node) {
  return {past_device(Places(geography, binding, node))};
}

}  // namespace segue::mobility
