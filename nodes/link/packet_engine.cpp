// Ends without a device node: each is a veth, whose other side lies in a namespace of the engine's own. There the two
// packet sockets that segue-wire reads and writes see them all.
#include <fmt/format.h>

#include <array>
#include <optional>
#include <unordered_map>

#include "nodes/base/error.hpp"
#include "nodes/link/interface_settings.hpp"
#include "nodes/link/packet_ring.hpp"
#include "nodes/link/wire_engine.hpp"
#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/netns.hpp"
#include "nodes/netlink/sysctl.hpp"

namespace segue::link {
namespace {

constexpr std::uint32_t largest_mtu = 65535;

class PacketEngine final : public WireEngine {
 public:
  explicit PacketEngine(Fd control) : WireEngine(std::move(control)) {
    const netlink::Enter inside = netlink::Enter::fresh(middle_);
    // What lies in the middle is no host: it has nothing of its own to say.
    netlink::write_sysctl("net/ipv6/conf/default/disable_ipv6", "1");
    socket_.emplace();
    const Fd packets = open_packet_socket(packet_slots);
    const Fd segments = open_packet_socket(segment_slots);
    client_.use_packet_sockets(packets.get(), segments.get());
  }

  std::string_view name() const override { return "wire, packet sockets"; }

  LinkId connect(const LinkSpec& spec) override {
    Link link;
    link.sides[0] = make_side(spec.a, spec.mtu, spec.a_to_b);
    link.sides[1] = make_side(spec.b, spec.mtu, spec.b_to_a);
    const std::uint32_t number = next_++;
    client_.name_link(number, spec.name);
    client_.add_link(number, {link.sides[0].middle, link.sides[1].middle}, spec.a_to_b, spec.b_to_a);
    links_.emplace(number, std::move(link));
    return LinkId{number};
  }

  void disconnect(LinkId id) override {
    WireEngine::disconnect(id);
    const auto link = links_.extract(number(id));
    if (link.empty()) return;  // segue-wire says so
    for (const Side& side : link.mapped().sides) socket_->perform(netlink::delete_interface(middle_name(side.middle)));
  }

  // Segments are no longer handed over before single packets are decided on, and only then again when they are not.
  void change(LinkId id, Direction direction, const Impairments& impairments) override {
    const auto link = links_.find(number(id));
    if (link == links_.end()) return WireEngine::change(id, direction, impairments);
    Side& side = link->second.sides[static_cast<std::size_t>(direction)];
    const bool whole = !impairments.per_packet();
    if (!whole) pass_whole(side, false);
    WireEngine::change(id, direction, impairments);
    if (!whole || side.whole) return;
    settle();
    pass_whole(side, true);
  }

 private:
  struct Side {
    int namespace_fd = -1;
    std::string interface;
    std::uint32_t middle = 0;  // the number of its other side
    bool whole = true;
  };
  struct Link {
    std::array<Side, 2> sides;
  };

  static std::string middle_name(std::uint32_t index) { return fmt::format("end{}", index); }

  Side make_side(const End& end, unsigned mtu, const Impairments& outward) {
    Side side{end.namespace_fd, end.interface, next_interface_++, true};
    // The other side has no MTU to speak of: that of the end is the link's.
    netlink::Veth veth{.near = {.name = middle_name(side.middle), .index = side.middle, .mtu = largest_mtu},
                       .far = {.name = end.interface, .space = end.namespace_fd},
                       .mtu = mtu};
    if (end.mac != decltype(end.mac){}) veth.far.mac = netlink::Mac{end.mac};
    socket_->perform(netlink::create_veth(veth));
    pass_whole(side, !outward.per_packet());
    end.socket->perform(netlink::set_up(end.interface));
    return side;
  }

  static void pass_whole(Side& side, bool whole) {
    const netlink::Enter inside(side.namespace_fd);
    set_offloads(side.interface, whole);
    side.whole = whole;
  }

  netlink::Namespace middle_;
  std::optional<netlink::Socket> socket_;
  std::unordered_map<std::uint32_t, Link> links_;
  std::uint32_t next_interface_ = 2;  // behind the loopback's
};

}  // namespace

std::unique_ptr<Engine> make_packet_engine(Fd control) { return std::make_unique<PacketEngine>(std::move(control)); }

}  // namespace segue::link
