// What tells one packet from another on its way, whatever routers do to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace segue::relay {

// Of an IPv6 or IPv4 packet without tunnels around it, but for what a router changes in it: the hop limit, and IPv4's
// checksum. FNV-1a of 64 bits, as 16 hexadecimal digits.
std::string digest_of(std::span<const std::byte> packet);

}  // namespace segue::relay
