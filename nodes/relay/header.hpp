// What a relay reads in the header of a packet, IPv6 (RFC 8200, section 3) or IPv4 (RFC 791, section 3.1).
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "nodes/base/ip.hpp"

namespace segue::relay {

bool is_ipv4(std::span<const std::byte> packet);

// Nothing if it is shorter than its header.
std::optional<Address> source_of(std::span<const std::byte> packet);
std::optional<Address> destination_of(std::span<const std::byte> packet);

}  // namespace segue::relay
