#include "nodes/probe/call_headers.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "nodes/probe/voip.hpp"

namespace segue::probe {

namespace {

using protocol::Sighting;

// The first 16 bits of a header: version and traffic class, without what is neither DSCP nor version.
constexpr std::uint32_t ipv6_class_mask = 0xffc0;
constexpr std::uint32_t ipv6_with_expedited_forwarding = 0x6b80;
constexpr std::uint32_t ipv4_class_mask = 0xf0fc;
constexpr std::uint32_t ipv4_with_expedited_forwarding = 0x40b8;
constexpr std::uint32_t ipv6_size = 40;

constexpr sock_filter jump_if(std::uint32_t value, std::uint8_t then, std::uint8_t otherwise) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, otherwise);
}
constexpr sock_filter load(std::uint32_t size, std::uint32_t offset) {
  return BPF_STMT(BPF_LD | size | BPF_ABS, offset);
}
constexpr sock_filter give(std::uint32_t bytes) { return BPF_STMT(BPF_RET | BPF_K, bytes); }

// Takes the packet if the 16 bits that were loaded are these, and goes on otherwise.
void take_if(std::vector<sock_filter>& program, std::uint32_t mask, std::uint32_t value) {
  program.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
  program.push_back(jump_if(value, 0, 1));
  program.push_back(give(headers_kept));
}

// Reads what it asks for from the front of a packet.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> rest) : rest_(rest) {}

  bool has(std::size_t bytes) const { return rest_.size() >= bytes; }
  unsigned at(std::size_t place) const { return std::to_integer<unsigned>(rest_[place]); }
  void skip(std::size_t bytes) { rest_ = rest_.subspan(std::min(bytes, rest_.size())); }
  std::span<const std::byte> rest() const { return rest_; }
  Address address(std::size_t place, Family family) const {
    Address address;
    address.family = family;
    std::memcpy(address.bytes.data(), rest_.data() + place, address.size());
    return address;
  }

 private:
  std::span<const std::byte> rest_;
};

struct IpHeader {
  unsigned protocol;
  std::uint8_t hop_limit;
  Address to;
};

// RFC 8200, section 3; RFC 791, section 3.1.
std::optional<IpHeader> take_header(Reader& reader) {
  constexpr std::size_t ipv6_size = 40;
  constexpr std::size_t ipv4_size = 20;
  if (!reader.has(ipv4_size)) return std::nullopt;
  const unsigned version = reader.at(0) >> 4;
  if (version == 6 && reader.has(ipv6_size)) {
    const IpHeader header{reader.at(6), static_cast<std::uint8_t>(reader.at(7)), reader.address(24, Family::ipv6)};
    reader.skip(ipv6_size);
    return header;
  }
  if (version != 4) return std::nullopt;
  const IpHeader header{reader.at(9), static_cast<std::uint8_t>(reader.at(8)), reader.address(16, Family::ipv4)};
  reader.skip(std::size_t{4} * (reader.at(0) & 0xf));
  return header;
}

}  // namespace

// What is loaded from beyond a packet's end gives it up, as give(0) does. A tunnel's header copies the class of IPv6
// inside it; where IPv4 is inside, Linux does not, and that header is looked at.
std::vector<sock_filter> filter_for_calls(std::optional<std::uint32_t> mark) {
  std::vector<sock_filter> program{load(BPF_W, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_MARK))};
  if (mark) {
    program.insert(program.end(), {jump_if(*mark, 1, 0), give(0)});
  } else {
    for (const auto one : {lost_mark, refused_mark}) program.insert(program.end(), {jump_if(one, 0, 1), give(0)});
  }
  program.push_back(load(BPF_H, 0));
  take_if(program, ipv6_class_mask, ipv6_with_expedited_forwarding);
  program.push_back(load(BPF_H, 0));
  take_if(program, ipv4_class_mask, ipv4_with_expedited_forwarding);
  program.insert(program.end(), {load(BPF_B, 6), jump_if(IPPROTO_IPIP, 0, 4), load(BPF_H, ipv6_size)});
  take_if(program, ipv4_class_mask, ipv4_with_expedited_forwarding);
  program.insert(program.end(), {load(BPF_B, 6), jump_if(IPPROTO_ROUTING, 1, 0), give(0),       //
                                 load(BPF_B, ipv6_size), jump_if(IPPROTO_IPIP, 1, 0), give(0),  //
                                 load(BPF_B, ipv6_size + 1), BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 3),
                                 BPF_STMT(BPF_MISC | BPF_TAX, 0), BPF_STMT(BPF_LD | BPF_H | BPF_IND, ipv6_size + 8)});
  take_if(program, ipv4_class_mask, ipv4_with_expedited_forwarding);
  program.push_back(give(0));
  return program;
}

std::optional<Sighting> read_headers(std::span<const std::byte> packet) {
  constexpr std::size_t udp_size = 8;
  Reader reader(packet);
  auto header = take_header(reader);
  if (!header) return std::nullopt;
  Sighting sighting;
  sighting.towards = header->to;
  sighting.hop_limit = header->hop_limit;
  for (;;) {
    sighting.inner_hops = header->hop_limit;
    unsigned next = header->protocol;
    if (next == IPPROTO_ROUTING) {  // RFC 8754, section 2
      if (!reader.has(8)) return std::nullopt;
      next = reader.at(0);
      reader.skip(8 * (1 + reader.at(1)));
    }
    if (next == IPPROTO_UDP) break;
    if (next != IPPROTO_IPV6 && next != IPPROTO_IPIP) return std::nullopt;
    sighting.tunnelled = true;
    header = take_header(reader);
    if (!header) return std::nullopt;
  }
  reader.skip(udp_size);
  const auto label = read_label(reader.rest());
  if (!label) return std::nullopt;
  sighting.flow = label->flow;
  sighting.sequence = label->sequence;
  return sighting;
}

}  // namespace segue::probe
