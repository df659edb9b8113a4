#include "nodes/relay/digest.hpp"

#include <doctest/doctest.h>

#include <set>
#include <vector>

using segue::relay::digest_of;

namespace {

std::vector<std::byte> packet(unsigned version) {
  std::vector<std::byte> bytes(60);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7);
  bytes[0] = static_cast<std::byte>(version << 4U);
  return bytes;
}

}  // namespace

TEST_CASE("a packet is the same behind a router, and another when any other octet is another") {
  for (const unsigned version : {4U, 6U}) {
    CAPTURE(version);
    const auto whole = packet(version);
    std::set<std::size_t> unseen;
    std::set<std::string> digests{digest_of(whole)};
    for (std::size_t at = 0; at < whole.size(); ++at) {
      auto other = whole;
      // The version stays what it is.
      other[at] ^= std::byte{1};
      if (!digests.insert(digest_of(other)).second) unseen.insert(at);
    }
    CHECK(unseen == (version == 4 ? std::set<std::size_t>{8, 10, 11} : std::set<std::size_t>{7}));
  }
  CHECK(digest_of({}).size() == 16);
}
