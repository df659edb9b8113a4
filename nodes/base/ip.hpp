// IP addresses and prefixes, both families, as plain comparable values.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace segue {

enum class Family : std::uint8_t { ipv4, ipv6 };
constexpr int version_of(Family family) { return family == Family::ipv4 ? 4 : 6; }

// Network byte order; an IPv4 address uses the first four bytes.
struct Address {
  Family family = Family::ipv6;
  std::array<std::uint8_t, 16> bytes{};

  std::size_t size() const noexcept { return family == Family::ipv4 ? 4 : 16; }
  friend auto operator<=>(const Address&, const Address&) = default;
};

// The address with its host bits as given; network() clears them.
struct Prefix {
  Address address;
  std::uint8_t length = 0;  // bits, 0 to 32 or 128

  Prefix network() const noexcept;
  bool contains(const Address& other) const noexcept;
  friend auto operator<=>(const Prefix&, const Prefix&) = default;
};

Prefix host_prefix(const Address& address) noexcept;  // /32 or /128

// Throw InputError with a text of the form `"fd00::zz" is no IP address`.
Address parse_address(std::string_view text);
Prefix parse_prefix(std::string_view text);  // "fd00::/48"; the length is required

std::string to_text(const Address& address);
std::string to_text(const Prefix& prefix);

}  // namespace segue
