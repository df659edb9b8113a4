#include "nodes/relay/digest.hpp"

#include <fmt/format.h>

namespace segue::relay {

namespace {

constexpr std::uint64_t offset_basis = 0xcbf29ce484222325U;
constexpr std::uint64_t prime = 0x100000001b3U;

// RFC 8200, section 3, and RFC 791, section 3.1.
bool changes_on_the_way(unsigned version, std::size_t at) {
  return version == 4 ? at == 8 || at == 10 || at == 11 : at == 7;
}

}  // namespace

std::string digest_of(std::span<const std::byte> packet) {
  const unsigned version = packet.empty() ? 0 : std::to_integer<unsigned>(packet.front()) >> 4U;
  std::uint64_t hash = offset_basis;
  for (std::size_t i = 0; i < packet.size(); ++i) {
    if (!changes_on_the_way(version, i)) hash = (hash ^ std::to_integer<std::uint64_t>(packet[i])) * prime;
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace segue::relay
