#include "nodes/relay/header.hpp"

#include <cstring>

namespace segue::relay {

namespace {

struct Layout {
  Family family;
  std::size_t size;
  std::size_t source_at;
  std::size_t destination_at;
};
constexpr Layout ipv4{Family::ipv4, 20, 12, 16};
constexpr Layout ipv6{Family::ipv6, 40, 8, 24};

std::optional<Address> address_at(std::span<const std::byte> packet, std::size_t Layout::*at) {
  const Layout& layout = is_ipv4(packet) ? ipv4 : ipv6;
  if (packet.size() < layout.size) return std::nullopt;
  Address address{.family = layout.family};
  std::memcpy(address.bytes.data(), &packet[layout.*at], address.size());
  return address;
}

}  // namespace

bool is_ipv4(std::span<const std::byte> packet) { return !packet.empty() && (packet.front() >> 4) == std::byte{4}; }

std::optional<Address> source_of(std::span<const std::byte> packet) { return address_at(packet, &Layout::source_at); }

std::optional<Address> destination_of(std::span<const std::byte> packet) {
  return address_at(packet, &Layout::destination_at);
}

}  // namespace segue::relay
