// What carries the links of a lab.
#pragma once

#include <optional>
#include <string_view>

#include "orchestrator/config/topology.hpp"

namespace segue::lab {

// `automatic` is netem where the kernel has it, else `wire`; that is over TAPs where /dev/net/tun may be opened, else
// over packet sockets, which need no device.
enum class LinkChoice { automatic, netem, wire, wire_tap, wire_packet };

inline constexpr std::string_view link_choices = "auto, netem, wire, wire-tap or wire-packet";

std::optional<LinkChoice> find_link_choice(std::string_view text);
LinkChoice parse_link_choice(std::string_view text);  // throws InputError
std::string_view to_text(LinkChoice choice);

// What it comes to here: netem, wire_tap or wire_packet. For a process that has the privilege.
LinkChoice decide(LinkChoice wish);

// Throws InputError naming the link and its line, if it has impairments that netem cannot (link/netem_terms.hpp).
void require_netem_can(const config::Topology& topology);

}  // namespace segue::lab
