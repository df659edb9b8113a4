// A call's packets among all others: a filter for the kernel, and what their headers say.
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "nodes/protocol/sighting.hpp"

namespace segue::probe {

// The guest kernel's netem puts these on what it drops and shows (guest/source_changes.cpp).
inline constexpr std::uint32_t lost_mark = 0x5e6c0001;
inline constexpr std::uint32_t refused_mark = 0x5e6c0002;

inline constexpr std::uint32_t headers_kept = 256;  // bytes of each packet: more than tunnels put before a call's label

// For a packet socket whose packets begin with the IP header. It takes packets with DSCP EF, which calls have, plain or in
// a tunnel: with that mark, or with none of the two.
std::vector<sock_filter> filter_for_calls(std::optional<std::uint32_t> mark);

// What the headers of an IP packet say, from the outermost to the label of a call; nothing if it is of no call. Interface,
// time and kind are left out.
std::optional<protocol::Sighting> read_headers(std::span<const std::byte> packet);

}  // namespace segue::probe
