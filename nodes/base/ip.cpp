#include "nodes/base/ip.hpp"

#include <arpa/inet.h>

#include <charconv>

#include "nodes/base/error.hpp"

namespace segue {

namespace {

int af(Family family) { return family == Family::ipv4 ? AF_INET : AF_INET6; }
unsigned bits(Family family) { return family == Family::ipv4 ? 32 : 128; }

// The bits of byte `index` that lie inside a prefix of `length` bits.
std::uint8_t mask(unsigned length, std::size_t index) {
  const auto start = static_cast<unsigned>(index) * 8;
  if (length >= start + 8) return 0xff;
  if (length <= start) return 0;
  return static_cast<std::uint8_t>(0xff << (8 - (length - start)));
}

}  // namespace

Prefix Prefix::network() const noexcept {
  Prefix result = *this;
  for (std::size_t i = 0; i < 16; ++i) result.address.bytes[i] &= mask(length, i);
  return result;
}

bool Prefix::contains(const Address& other) const noexcept {
  if (other.family != address.family) return false;
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (((address.bytes[i] ^ other.bytes[i]) & mask(length, i)) != 0) return false;
  }
  return true;
}

Prefix host_prefix(const Address& address) noexcept {
  return {address, static_cast<std::uint8_t>(bits(address.family))};
}

Address parse_address(std::string_view text) {
  const std::string copy(text);
  Address address;
  address.family = text.find(':') == std::string_view::npos ? Family::ipv4 : Family::ipv6;
  if (::inet_pton(af(address.family), copy.c_str(), address.bytes.data()) != 1) {
    throw InputError('"' + copy + "\" is no IP address");
  }
  return address;
}

Prefix parse_prefix(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) {
    throw InputError('"' + std::string(text) + "\" is no prefix: it lacks its length, as in fd00::/48");
  }
  Prefix prefix{parse_address(text.substr(0, slash)), 0};
  const auto digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (error != std::errc{} || end != digits.data() + digits.size() || length > bits(prefix.address.family)) {
    throw InputError('"' + std::string(text) + "\" is no prefix: the length goes from 0 to " +
                     std::to_string(bits(prefix.address.family)));
  }
  prefix.length = static_cast<std::uint8_t>(length);
  return prefix;
}

std::string to_text(const Address& address) {
  char text[INET6_ADDRSTRLEN];
  return ::inet_ntop(af(address.family), address.bytes.data(), text, sizeof text);
}

std::string to_text(const Prefix& prefix) { return to_text(prefix.address) + '/' + std::to_string(prefix.length); }

}  // namespace segue
