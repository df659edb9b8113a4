#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <vector>

#include "nodes/base/error.hpp"
#include "nodes/link/engine.hpp"
#include "nodes/link/interface_settings.hpp"
#include "nodes/link/netem_statistics.hpp"
#include "nodes/link/netem_terms.hpp"
#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/netem.hpp"
#include "nodes/netlink/netns.hpp"

namespace segue::link {
namespace {

using netlink::NetemAt;

class NetemEngine final : public Engine {
 public:
  std::string_view name() const override { return "netem"; }

  LinkId connect(const LinkSpec& spec) override {
    netlink::Veth veth{.near = end_of(spec.a), .far = end_of(spec.b), .mtu = spec.mtu};
    veth.far.space = spec.b.namespace_fd;
    spec.a.socket->perform(netlink::create_veth(veth));
    spec.b.socket->perform(netlink::set_up(spec.b.interface));

    const std::uint32_t number = next_++;
    Link link{.name = spec.name, .sides = {}};
    link.sides[0] = side_of(spec.a, spec.a_to_b);
    link.sides[1] = side_of(spec.b, spec.b_to_a);
    const auto found = links_.emplace(number, std::move(link)).first;
    for (const Direction direction : {Direction::a_to_b, Direction::b_to_a}) {
      Side& side = found->second.sides[static_cast<std::size_t>(direction)];
      const NetemTerms terms = terms_of(*found, direction, side.asked);
      std::vector<netlink::Request> batch{netlink::replace_netem(side.index, terms.root)};
      if (terms.below) batch.push_back(netlink::replace_netem(side.index, *terms.below, NetemAt::below));
      side.socket->perform(batch);
      side.has_below = terms.below.has_value();
      if (packets_alone_) set_side_segmentation(side);
    }
    if (spec.a_to_b.per_packet() || spec.b_to_a.per_packet()) keep_packets_alone();
    return LinkId{number};
  }

  void disconnect(LinkId id) override {
    const auto found = find(id);
    const Side& side = found->second.sides[0];
    side.socket->perform(netlink::delete_interface(side.interface));
    links_.erase(found);
  }

  // Not a replacement of a qdisc that is there: that would throw away what it holds. So the one below stays, once
  // there.
  void change(LinkId id, Direction direction, const Impairments& impairments) override {
    const auto found = find(id);
    Side& side = found->second.sides[static_cast<std::size_t>(direction)];
    const NetemTerms terms = terms_of(*found, direction, impairments);
    if (impairments.per_packet()) keep_packets_alone();
    try {
      std::vector<netlink::Request> batch{netlink::change_netem(side.index, terms.root)};
      if (terms.below || side.has_below) {
        batch.push_back(netlink::replace_netem(side.index, terms.below.value_or(pass_on()), NetemAt::below));
      }
      side.socket->perform(batch);
    } catch (const Error& error) {
      throw Error(fmt::format("change link \"{}\": {}", found->second.name, error.what()));
    }
    side.has_below = side.has_below || terms.below;
    side.asked = impairments;
  }

  void settle() override {}

  Impairments read_back(LinkId id, Direction direction) override {
    const auto found = find(id);
    const Side& side = found->second.sides[static_cast<std::size_t>(direction)];
    const auto root = netlink::read_netem(*side.socket, side.index);
    if (!root) throw Error(fmt::format("read back link \"{}\": no netem at {}", found->second.name, side.interface));
    NetemTerms terms{*root, std::nullopt};
    if (side.has_below) terms.below = netlink::read_netem(*side.socket, side.index, NetemAt::below);
    return from_netem(terms, side.asked, place_of(*found, direction));
  }

  // What the one below drops found its queue full; all else that the root drops is lost, since its limit is out of
  // reach. Copies and corruptions are not counted. What is held is taken in and not yet delivered.
  LinkCounters counters(LinkId id, Direction direction) override {
    const auto found = find(id);
    const Side& side = found->second.sides[static_cast<std::size_t>(direction)];
    const auto counted = decode_statistics(side.socket->dump(qdisc_dump()), side.index);
    if (!counted) throw Error(fmt::format("read the counters of link \"{}\": none told", found->second.name));
    const QdiscStatistics& root = counted->root;
    LinkCounters counters;
    counters.packets = root.packets + root.drops + root.held;
    counters.delivered = root.packets;
    counters.dropped = std::min(counted->below.drops, root.drops);
    counters.lost = root.drops - counters.dropped;
    counters.reordered = root.requeues;
    counters.bytes = root.bytes;
    return counters;
  }

  Histogram lateness() override { return {}; }
  void reset_lateness() override {}
  void attend(bool) override {}
  std::optional<LateEvents> late() override { return std::nullopt; }
  std::vector<LossEvent> losses() override { return {}; }
  std::vector<std::string> remarks() override { return {}; }

 private:
  struct Side {
    int namespace_fd = -1;
    netlink::Socket* socket = nullptr;
    std::string interface;
    std::uint32_t index = 0;
    Impairments asked;       // at its egress
    bool has_below = false;  // a netem below the one at the root
  };
  struct Link {
    std::string name;
    std::array<Side, 2> sides;
  };
  using Links = std::unordered_map<std::uint32_t, Link>;

  static netlink::VethEnd end_of(const End& end) {
    netlink::VethEnd veth;
    veth.name = end.interface;
    if (end.mac != decltype(end.mac){}) veth.mac = netlink::Mac{end.mac};
    return veth;
  }

  // Asking for both ends also makes the kernel notice that they have a carrier.
  static Side side_of(const End& end, const Impairments& asked) {
    const auto found = netlink::find_interface(*end.socket, end.interface);
    if (!found) throw Error(fmt::format("create veth {}: it is not there", end.interface));
    return {end.namespace_fd, end.socket, end.interface, found->index, asked, false};
  }

  static NetemPlace place_of(const Links::value_type& link, Direction direction) { return {link.first, direction}; }

  static NetemTerms terms_of(const Links::value_type& link, Direction direction, const Impairments& wanted) {
    try {
      return to_netem(wanted, place_of(link, direction));
    } catch (const InputError& error) {
      throw InputError(fmt::format("impair link \"{}\": {}", link.second.name, error.what()));
    }
  }

  Links::iterator find(LinkId id) {
    const auto found = links_.find(static_cast<std::uint32_t>(id));
    if (found == links_.end()) throw Error("there is no such link");
    return found;
  }

  static void set_side_segmentation(const Side& side) {
    const netlink::Enter inside(side.namespace_fd);
    set_segmentation(side.interface, false);
  }

  // netem takes a large segment for one packet, and a router passes on whole what came in whole. So as soon as one
  // direction of one link decides on single packets, no interface takes larger ones any more. A TCP connection that was
  // there before may go on sending large segments until it looks up its route again.
  void keep_packets_alone() {
    if (packets_alone_) return;
    packets_alone_ = true;
    for (const auto& [number, link] : links_) {
      for (const Side& side : link.sides) set_side_segmentation(side);
    }
  }

  Links links_;
  std::uint32_t next_ = 1;
  bool packets_alone_ = false;
};

}  // namespace

std::unique_ptr<Engine> make_netem_engine() { return std::make_unique<NetemEngine>(); }

}  // namespace segue::link
