#include <fmt/format.h>

#include <array>
#include <unordered_map>

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

class NetemEngine final : public Engine {
 public:
  std::string_view name() const override { return "netem"; }

  LinkId connect(const LinkSpec& spec) override {
    netlink::Veth veth{.near = end_of(spec.a), .far = end_of(spec.b), .mtu = spec.mtu};
    veth.far.space = spec.b.namespace_fd;
    spec.a.socket->perform(netlink::create_veth(veth));
    spec.b.socket->perform(netlink::set_up(spec.b.interface));

    const std::uint32_t number = next_++;
    Link link{.name = spec.name, .mtu = spec.mtu, .sides = {}};
    link.sides[0] = side_of(spec.a, spec.a_to_b);
    link.sides[1] = side_of(spec.b, spec.b_to_a);
    const auto found = links_.emplace(number, std::move(link)).first;
    for (const Direction direction : {Direction::a_to_b, Direction::b_to_a}) {
      const Side& side = found->second.sides[static_cast<std::size_t>(direction)];
      side.socket->perform(netlink::replace_netem(side.index, to_netem(side.asked, place_of(*found, direction))));
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

  // Not a replacement of the qdisc: that would throw away what it holds.
  void change(LinkId id, Direction direction, const Impairments& impairments) override {
    const auto found = find(id);
    Side& side = found->second.sides[static_cast<std::size_t>(direction)];
    if (impairments.per_packet()) keep_packets_alone();
    try {
      side.socket->perform(netlink::change_netem(side.index, to_netem(impairments, place_of(*found, direction))));
    } catch (const Error& error) {
      throw Error(fmt::format("change link \"{}\": {}", found->second.name, error.what()));
    }
    side.asked = impairments;
  }

  void settle() override {}

  Impairments read_back(LinkId id, Direction direction) override {
    const auto found = find(id);
    const Side& side = found->second.sides[static_cast<std::size_t>(direction)];
    const auto netem = netlink::read_netem(*side.socket, side.index);
    if (!netem) throw Error(fmt::format("read back link \"{}\": no netem at {}", found->second.name, side.interface));
    return from_netem(*netem, side.asked, place_of(*found, direction));
  }

  // netem does not tell a loss it was asked for from a drop at its limit: both are `lost` if a loss is set, else
  // `dropped`. Copies and corruptions are not counted. What it holds is taken in and not yet delivered.
  LinkCounters counters(LinkId id, Direction direction) override {
    const auto found = find(id);
    const Side& side = found->second.sides[static_cast<std::size_t>(direction)];
    const auto counted = decode_statistics(side.socket->dump(qdisc_dump()), side.index);
    if (!counted) throw Error(fmt::format("read the counters of link \"{}\": none told", found->second.name));
    const bool loses = side.asked.loss.value > 0 || side.asked.gilbert_elliott.p.value > 0;
    LinkCounters counters;
    counters.packets = counted->packets + counted->drops + counted->held;
    counters.delivered = counted->packets;
    (loses ? counters.lost : counters.dropped) = counted->drops;
    counters.reordered = counted->requeues;
    counters.bytes = counted->bytes;
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
    Impairments asked;  // at its egress
  };
  struct Link {
    std::string name;
    unsigned mtu = 1500;
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
    return {end.namespace_fd, end.socket, end.interface, found->index, asked};
  }

  static NetemPlace place_of(const Links::value_type& link, Direction direction) {
    return {link.first, direction, link.second.mtu};
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
