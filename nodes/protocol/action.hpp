// What a node does, besides signalling, when a handover begins or one of its steps is done.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "nodes/base/clock.hpp"
#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/route.hpp"
#include "nodes/netlink/rule.hpp"
#include "nodes/protocol/endpoint.hpp"

namespace segue::protocol {

// Each in the place of the one of its prefix, table and metric. Done when the kernel has acknowledged them.
struct SetRoutes {
  std::vector<netlink::Route> routes;
  friend bool operator==(const SetRoutes&, const SetRoutes&) = default;
};

// Which link-layer address an address on an interface's link has from now on: permanent entries, each in the place of
// the one there is. Done when the kernel has acknowledged them.
struct Neighbour {
  std::string interface;
  Address address;
  netlink::Mac mac{};
  friend bool operator==(const Neighbour&, const Neighbour&) = default;
};
struct SetNeighbours {
  std::vector<Neighbour> neighbours;
  friend bool operator==(const SetNeighbours&, const SetNeighbours&) = default;
};

// Whether programs at the node find an interface operational; if not, it is dormant, and packets go on all the same.
struct SetOperational {
  std::string interface;
  bool operational = true;
  friend bool operator==(const SetOperational&, const SetOperational&) = default;
};

// A place of a node's where packets of one mobile's wait, how they come there, and how they pass it by. The device is a
// TUN. It and its rules are made when the first of a node's actions speaks of it, and stay.
struct Buffer {
  std::string device;
  std::uint32_t mtu = 0;             // of the device
  std::uint32_t mark = 0;            // SO_MARK of what leaves it again, which the rules know
  std::uint32_t copy_mark = 0;       // and of copies; 0: it has none
  std::vector<Address> addresses;    // the mobile's data addresses: packets to them, or from them
  bool uplink = false;               // from them
  std::vector<netlink::Rule> rules;  // set once
  std::vector<netlink::Route> into;  // these routes lead packets into it
  std::vector<netlink::Route> past;  // and these, of the same prefixes and tables, past it
  std::uint64_t handover = 0;        // that the action belongs to
  friend bool operator==(const Buffer&, const Buffer&) = default;
};

// From now on packets wait there, one behind the other. Done when the kernel has acknowledged its routes.
struct Hold {
  Buffer buffer;
  std::uint32_t limit = 0;   // packets
  bool drop_oldest = false;  // where there are more, instead of those that come
  friend bool operator==(const Hold&, const Hold&) = default;
};

// What waits goes on, in its order and before what comes later, and nothing waits any more. Done when nothing is left.
struct Release {
  Buffer buffer;
  friend bool operator==(const Release&, const Release&) = default;
};

// What waits is dropped, and nothing waits any more.
struct Discard {
  Buffer buffer;
  friend bool operator==(const Discard&, const Discard&) = default;
};

// From now on packets go through there without waiting, and copies of those of the last `time` are kept.
struct Window {
  Buffer buffer;
  Delay time{0};
  friend bool operator==(const Window&, const Window&) = default;
};

// What the window has copies of goes once more, the oldest first and before what comes later. Done when all are sent.
struct Replay {
  Buffer buffer;
  friend bool operator==(const Replay&, const Replay&) = default;
};

// Copies that a window has of what the mobile has received go, as the message says whose action this is
// (Message::tells_delivered): of the last such packet, and of all that passed before it.
struct Forget {
  Buffer buffer;
  friend bool operator==(const Forget&, const Forget&) = default;
};

// From now on the node remembers the last packet that comes to it for one of these addresses.
struct Listen {
  std::vector<Address> addresses;
  friend bool operator==(const Listen&, const Listen&) = default;
};

// Says to that neighbour which packet for them has come last: what a link layer that acknowledges its frames has
// told it one by one. Done when it is sent.
struct TellDelivered {
  LinkEndpoint to;
  std::vector<Address> addresses;
  std::uint64_t handover = 0;
  friend bool operator==(const TellDelivered&, const TellDelivered&) = default;
};

// From now on packets go through there without waiting, and a copy of each goes by the routes `copies`, so much later.
// If that was so before, the copies that are still to go leave at once, by the routes that there were.
struct Bicast {
  Buffer buffer;
  std::vector<netlink::Route> copies;
  Delay delay{0};
  friend bool operator==(const Bicast&, const Bicast&) = default;
};

// No more copies; those that are still to go leave at once. Done when they have.
struct EndBicast {
  Buffer buffer;
  friend bool operator==(const EndBicast&, const EndBicast&) = default;
};

// By /bin/sh. Done when it has ended, with status 0.
struct Execute {
  std::string command;
  friend bool operator==(const Execute&, const Execute&) = default;
};

using Action = std::variant<SetRoutes, SetNeighbours, SetOperational, Hold, Release, Discard, Window, Replay, Forget,
                            Listen, TellDelivered, Bicast, EndBicast, Execute>;

}  // namespace segue::protocol
