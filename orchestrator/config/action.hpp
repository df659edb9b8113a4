// What a mechanism can tell a node to do about the mobile's packets, as its file says it.
//
//   key     words                          at             what it does
//   route   off, through, …                any node       where the packets for and from D go (mobility/forwarding.hpp)
//   radio   leave ROUTER, join ROUTER,     the mobile     whether it hears that access router and is heard by it
//           … carrier                                     and whether its interface says so
//   buffer  hold [N packets] [oldest],     any node       packets for D wait there; at the mobile, those from D
//           release, discard                            as long; with a window they pass, and copies stay for a
//           window T, replay,                           while, to go the way that packets have later, but for those
//           forget delivered                            that the mobile has received, as its old router says
//
// A node told several things at one instant does them in the order of this table.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "nodes/base/clock.hpp"

namespace segue::config {

// What a tunnel puts in front of a packet: an IPv6 header and a segment routing header with one segment (RFC 8754), or an
// IPv6 header alone (RFC 2473).
enum class Encapsulation : std::uint8_t { srv6, ip_in_ip };
constexpr unsigned overhead(Encapsulation encapsulation) { return encapsulation == Encapsulation::srv6 ? 40 + 24 : 40; }

enum class RouteVerb : std::uint8_t { off, through, through_tunnel, via, tunnel, none };

// As text: "off", "through", "through tunnel NODE", "via NODE", "tunnel NODE", "none".
struct RouteAction {
  RouteVerb verb = RouteVerb::off;
  std::string target;                                 // a role or a node; empty for off, through and none
  Encapsulation encapsulation = Encapsulation::srv6;  // of a tunnel: the mechanism's
  friend bool operator==(const RouteAction&, const RouteAction&) = default;
};

enum class RadioVerb : std::uint8_t { leave, join };

// As text: "leave ROUTER", "join ROUTER". Of the mobile's data nothing leaves on, or is heard from, a link that was
// left, and no message tells its router. With "carrier" behind it programs on the mobile see it too: its interface there
// is dormant (RFC 2863) and not running, as when a station loses its network, or operational again.
struct RadioAction {
  RadioVerb verb = RadioVerb::leave;
  std::string router;  // a role or a node
  bool carrier = false;
  friend bool operator==(const RadioAction&, const RadioAction&) = default;
};

enum class BufferVerb : std::uint8_t { hold, release, discard, window, replay, forget };

inline constexpr std::uint32_t default_buffer_limit = 1000;

// As text: "hold", "hold 64 packets", "hold 64 packets oldest", "release", "discard", "window 60ms", "replay",
// "forget delivered". Held packets wait in their order.
// Where there is no room for one more it is dropped, or, with `oldest`, the one that has waited for longest. Released,
// they go the way that packets have at that moment, before all that come later. In a window packets pass as ever, and
// copies of those of the last 60 ms are kept: replayed, they go the present way, the oldest first, and the window goes
// on. It ends with "discard", and with "hold" or "release". "forget delivered" is for a message from an access router that
// the mobile's radio has left: copies go of what it has received there, as a link layer that acknowledges its frames
// knows, and what was sent before.
struct BufferAction {
  BufferVerb verb = BufferVerb::hold;
  std::uint32_t limit = default_buffer_limit;  // packets
  bool drop_oldest = false;
  Delay window{0};  // how long copies stay
  friend bool operator==(const BufferAction&, const BufferAction&) = default;
};

using Action = std::variant<RouteAction, RadioAction, BufferAction>;

RouteAction parse_route_action(std::string_view text);  // throws InputError
std::string to_text(const Action& action);

// A key of a mechanism's file, whose values are actions.
struct ActionKey {
  std::string_view key;
  std::string_view example;
  Action (*parse)(std::string_view text);  // throws InputError
};
std::span<const ActionKey> action_keys();  // by the place of what they parse to in Action
std::string_view key_of(const Action& action);

// Calls `visit` with every name of a node that it has.
void for_each_name(Action& action, const std::function<void(std::string& name)>& visit);

}  // namespace segue::config
