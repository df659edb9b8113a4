// A mobile node's radio in the kernel's terms: whether it hears an access router, and is heard by it.
//
// Of what arrives over an access link for a data address D, the rule `to D iif <the link>` asks a table of that link's
// before the kernel's own table of local addresses: a blackhole there is a radio that is deaf, `throw` one that hears.
// What is sent to a router that was left goes out to nobody: its address on the link has the link-layer address of no
// interface, as a radio that nobody hears; IPv4 has the same next hops (kernel_routes.hpp). Neither has to do with the mobile's route. Signalling on layer 2, and from
// the address of another link, is not touched.
//
// A carrier that is lost is an interface that is dormant (nodes/netlink/interface.hpp). To take it down, or its carrier
// away, would be more and less: addresses and routes would go with it, and a veth has no carrier of its own to lose.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nodes/netlink/rule.hpp"
#include "nodes/protocol/action.hpp"
#include "orchestrator/config/mechanism.hpp"

namespace segue::mobility {

inline constexpr netlink::Mac nobody_mac{{0x02, 0xff, 0xff, 0xff, 0xff, 0xff}};

// What the mobile does to join or to leave an access router of its.
std::vector<protocol::Action> radio_actions(const config::Topology& topology, std::size_t mobile, std::size_t router,
                                            bool joins, bool carrier = false);

// How its radio is while it is attached to `router`: heard by all its routers, or by that one alone if the mechanism
// speaks of the radio.
std::vector<protocol::Action> attached_radio(const config::Topology& topology, const config::Mechanism& mechanism,
                                             std::size_t mobile, std::size_t router);

// The rules that the mobile needs for it, once, their priorities included: they come before the local table's.
std::vector<netlink::Rule> radio_rules(const config::Topology& topology, std::size_t mobile);
// The local table's own, which has to give way: the one to add, and the kernel's to delete.
netlink::Rule local_rule(Family family);
netlink::Rule kernel_local_rule(Family family);

}  // namespace segue::mobility
