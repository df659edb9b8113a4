#include "nodes/netlink/seg6.hpp"

#include <linux/lwtunnel.h>
#include <linux/rtnetlink.h>
#include <linux/seg6.h>
#include <linux/seg6_iptunnel.h>
#include <linux/seg6_local.h>

#include <vector>

namespace segue::netlink {
namespace {

constexpr std::uint8_t segment_routing_header = 4;  // the routing type of RFC 8754
constexpr std::size_t largest_segment_count = 127;  // the header's length is a byte, in units of 8 bytes

constexpr int mode_encap_red = 3;  // Linux 6.0; the headers of Debian 12 may be older than the kernels it runs on

// struct seg6_iptunnel_encap: the mode, then the segment routing header (RFC 8754) with its segments, last first.
void put(Message& message, const Seg6Encap& encap) {
  const std::size_t count = encap.segments.size();
  if (count == 0 || count > largest_segment_count) throw Error("SRv6 encapsulation: 1 to 127 segments are possible");
  const int mode = encap.reduced ? mode_encap_red : int{SEG6_IPTUN_MODE_ENCAP};
  ipv6_sr_hdr header{};
  header.hdrlen = static_cast<__u8>(2 * count);
  header.type = segment_routing_header;
  header.segments_left = static_cast<__u8>(count - 1);
  header.first_segment = static_cast<__u8>(count - 1);
  std::vector<std::byte> bytes(sizeof mode + sizeof header + 16 * count);
  std::memcpy(bytes.data(), &mode, sizeof mode);
  std::memcpy(bytes.data() + sizeof mode, &header, sizeof header);
  std::byte* slot = bytes.data() + bytes.size();
  for (const Address& segment : encap.segments) {
    if (segment.family != Family::ipv6) throw Error("SRv6 encapsulation: segment " + to_text(segment) + " is not IPv6");
    std::memcpy(slot -= 16, segment.bytes.data(), 16);
  }
  const std::uint16_t type = LWTUNNEL_ENCAP_SEG6;
  message.put(RTA_ENCAP_TYPE, type);
  nlattr* nest = message.begin(RTA_ENCAP);
  message.put_bytes(SEG6_IPTUNNEL_SRH, bytes.data(), bytes.size());
  message.end(nest);
}

// The attributes behind the action are `arguments`: an attribute and its value, or nothing.
template <typename... Arguments>
void put_local(Message& message, std::uint32_t action, const Arguments&... arguments) {
  const std::uint16_t type = LWTUNNEL_ENCAP_SEG6_LOCAL;
  message.put(RTA_ENCAP_TYPE, type);
  nlattr* nest = message.begin(RTA_ENCAP);
  message.put(SEG6_LOCAL_ACTION, action);
  if constexpr (sizeof...(arguments) > 0) message.put(arguments...);
  message.end(nest);
}

void put(Message& message, const Seg6EndDt6& end) {
  put_local(message, SEG6_LOCAL_ACTION_END_DT6, SEG6_LOCAL_TABLE, end.table);
}

void put(Message& message, const Seg6EndDx4& end) {
  if (end.next_hop.family != Family::ipv4) throw Error("End.DX4: " + to_text(end.next_hop) + " is not IPv4");
  put_local(message, SEG6_LOCAL_ACTION_END_DX4, SEG6_LOCAL_NH4, end.next_hop);
}

void put(Message& message, const Seg6End&) { put_local(message, SEG6_LOCAL_ACTION_END); }

void put(Message&, std::monostate) {}

Encapsulation decode_encap(std::span<const std::byte> bytes) {
  const auto tunnel = Attributes(bytes).at(SEG6_IPTUNNEL_SRH);
  int mode = 0;
  ipv6_sr_hdr header;
  if (tunnel.size() < sizeof mode + sizeof header) throw Error("read a SRv6 route: too short");
  std::memcpy(&mode, tunnel.data(), sizeof mode);
  std::memcpy(&header, tunnel.data() + sizeof mode, sizeof header);
  if (mode != SEG6_IPTUN_MODE_ENCAP && mode != mode_encap_red) return std::monostate{};
  const auto segments = tunnel.subspan(sizeof mode + sizeof header);
  const std::size_t count = header.first_segment + std::size_t{1};
  if (segments.size() < 16 * count) throw Error("read a SRv6 route: segments are cut off");
  Seg6Encap encap{.reduced = mode == mode_encap_red};
  for (std::size_t i = count; i-- > 0;) {
    std::memcpy(encap.segments.emplace_back().bytes.data(), segments.data() + 16 * i, 16);
  }
  return encap;
}

Encapsulation decode_local(std::span<const std::byte> bytes) {
  const Attributes attributes(bytes);
  const auto action = attributes.get<std::uint32_t>(SEG6_LOCAL_ACTION);
  if (action == SEG6_LOCAL_ACTION_END) return Seg6End{};
  if (action == SEG6_LOCAL_ACTION_END_DT6) {
    if (const auto table = attributes.get<std::uint32_t>(SEG6_LOCAL_TABLE)) return Seg6EndDt6{*table};
  }
  if (action == SEG6_LOCAL_ACTION_END_DX4) {
    if (const auto next_hop = attributes.address(SEG6_LOCAL_NH4, Family::ipv4)) return Seg6EndDx4{*next_hop};
  }
  return std::monostate{};
}

}  // namespace

void put_encapsulation(Message& message, const Encapsulation& encapsulation) {
  std::visit([&](const auto& kind) { put(message, kind); }, encapsulation);
}

Encapsulation decode_encapsulation(std::uint16_t type, std::span<const std::byte> bytes) {
  if (type == LWTUNNEL_ENCAP_SEG6) return decode_encap(bytes);
  if (type == LWTUNNEL_ENCAP_SEG6_LOCAL) return decode_local(bytes);
  return std::monostate{};
}

}  // namespace segue::netlink
