#include "nodes/probe/call_headers.hpp"

#include <doctest/doctest.h>
#include <netinet/in.h>

#include <cstring>
#include <random>
#include <vector>

#include "nodes/probe/voip.hpp"

using namespace segue;
using namespace segue::probe;

namespace {

using Bytes = std::vector<std::byte>;

void put(Bytes& bytes, std::initializer_list<unsigned> values) {
  for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes ipv6(unsigned next, unsigned hop_limit, unsigned last_byte) {
  Bytes bytes;
  put(bytes, {0x6b, 0x80, 0, 0, 0, 0, next, hop_limit});
  bytes.resize(39);
  put(bytes, {last_byte});
  return bytes;
}

Bytes ipv4(unsigned protocol, unsigned hop_limit, unsigned last_byte) {
  Bytes bytes;
  put(bytes, {0x45, 0xb8, 0, 0, 0, 0, 0, 0, hop_limit, protocol});
  bytes.resize(19);
  put(bytes, {last_byte});
  return bytes;
}

// RFC 8754, section 2: one segment.
Bytes segments(unsigned next) {
  Bytes bytes;
  put(bytes, {next, 2, 4, 0});
  bytes.resize(24);
  return bytes;
}

// UDP, and the label of packet 7 of flow 3.
Bytes call() {
  Bytes bytes(8);
  put(bytes, {0x53, 0x47, 0x56, 0x50, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 7});
  bytes.resize(8 + 160);
  return bytes;
}

}  // namespace

TEST_CASE("a call's packet is known plain and in every tunnel, by its outermost and its innermost header") {
  struct Row {
    const char* what;
    Bytes packet;
    bool tunnelled;
    unsigned hop_limit;
    unsigned inner_hops;
  };
  const std::vector<Row> rows{
      {"IPv6", ipv6(IPPROTO_UDP, 64, 9) + call(), false, 64, 64},
      {"IPv4", ipv4(IPPROTO_UDP, 63, 9) + call(), false, 63, 63},
      {"IPv6 in IPv6", ipv6(IPPROTO_IPV6, 60, 9) + ipv6(IPPROTO_UDP, 61, 8) + call(), true, 60, 61},
      {"SRv6", ipv6(IPPROTO_ROUTING, 60, 9) + segments(IPPROTO_IPV6) + ipv6(IPPROTO_UDP, 61, 8) + call(), true, 60, 61},
      {"IPv4 in SRv6", ipv6(IPPROTO_ROUTING, 60, 9) + segments(IPPROTO_IPIP) + ipv4(IPPROTO_UDP, 62, 8) + call(), true,
       60, 62},
      {"a tunnel in a tunnel",
       ipv6(IPPROTO_IPV6, 59, 9) + ipv6(IPPROTO_IPV6, 60, 8) + ipv6(IPPROTO_UDP, 61, 7) + call(), true, 59, 61},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto seen = read_headers(row.packet);
    REQUIRE(seen);
    CHECK(seen->flow == 3);
    CHECK(seen->sequence == 7);
    CHECK(seen->tunnelled == row.tunnelled);
    CHECK(seen->hop_limit == row.hop_limit);
    CHECK(seen->inner_hops == row.inner_hops);
    CHECK(seen->towards.bytes.at(seen->towards.size() - 1) == 9);
  }
}

TEST_CASE("what is no call's packet, or is cut short anywhere, is none") {
  const Bytes whole = ipv6(IPPROTO_ROUTING, 60, 9) + segments(IPPROTO_IPV6) + ipv6(IPPROTO_UDP, 61, 8) + call();
  const std::size_t label_ends = whole.size() - 160 + voip_header;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(read_headers(std::span(whole).first(size)).has_value() == (size >= label_ends));
  }
  CHECK_FALSE(read_headers(ipv6(IPPROTO_TCP, 64, 9) + call()));
  CHECK_FALSE(read_headers(ipv6(IPPROTO_UDP, 64, 9) + Bytes(200)));
}

TEST_CASE("rubbish is read to its end and no further") {
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes(random() % 300);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random());
    if (!bytes.empty()) bytes[0] = static_cast<std::byte>(random() % 2 == 0 ? 0x60 : 0x45);
    if (bytes.size() > 6)
      bytes[6] = static_cast<std::byte>(random() % 2 == 0 ? int{IPPROTO_ROUTING} : int{IPPROTO_IPV6});
    (void)read_headers(bytes);
  }
}
