#include "nodes/relay/header.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

using namespace segue;
using namespace segue::relay;

namespace {

std::vector<std::byte> packet(std::size_t size, std::byte first, std::size_t source_at, const char* source,
                              std::size_t destination_at, const char* destination) {
  std::vector<std::byte> bytes(size);
  bytes[0] = first;
  const auto put = [&](std::size_t at, const char* text) {
    const Address address = parse_address(text);
    std::memcpy(&bytes[at], address.bytes.data(), address.size());
  };
  put(source_at, source);
  put(destination_at, destination);
  return bytes;
}

}  // namespace

TEST_CASE("the addresses of a packet are those of its header, in either family") {
  const auto ipv6 = packet(41, std::byte{0x60}, 8, "fd00::1", 24, "fd00::2");
  CHECK_FALSE(is_ipv4(ipv6));
  CHECK(source_of(ipv6) == parse_address("fd00::1"));
  CHECK(destination_of(ipv6) == parse_address("fd00::2"));
  const auto ipv4 = packet(20, std::byte{0x45}, 12, "10.0.0.1", 16, "10.0.0.2");
  CHECK(is_ipv4(ipv4));
  CHECK(source_of(ipv4) == parse_address("10.0.0.1"));
  CHECK(destination_of(ipv4) == parse_address("10.0.0.2"));
}

TEST_CASE("what is shorter than a header has no addresses") {
  for (const auto first : {std::byte{0x60}, std::byte{0x45}}) {
    for (std::size_t size = 0; size < (first == std::byte{0x60} ? 40U : 20U); ++size) {
      std::vector<std::byte> bytes(size, first);
      CHECK_FALSE(source_of(bytes).has_value());
      CHECK_FALSE(destination_of(bytes).has_value());
    }
  }
}
