#include "nodes/netlink/route.hpp"

#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/seg6.hpp"

namespace segue::netlink {
namespace {

unsigned char type_number(RouteType type) noexcept {
  switch (type) {
    case RouteType::unicast:
      return RTN_UNICAST;
    case RouteType::blackhole:
      return RTN_BLACKHOLE;
    case RouteType::unreachable:
      return RTN_UNREACHABLE;
    case RouteType::throw_:
      return RTN_THROW;
  }
  return RTN_UNSPEC;
}

rtmsg route_header(const Route& route, bool deletes) {
  rtmsg header{};
  header.rtm_family = family_number(route.destination.address.family);
  header.rtm_dst_len = route.destination.length;
  header.rtm_table = route.table < 256 ? static_cast<unsigned char>(route.table) : std::uint8_t{RT_TABLE_UNSPEC};
  header.rtm_type = type_number(route.type);
  header.rtm_flags = route.onlink ? unsigned{RTNH_F_ONLINK} : 0U;
  if (deletes) {
    header.rtm_scope = RT_SCOPE_NOWHERE;  // any scope, any protocol
  } else {
    // IPv4 tells a neighbour from a destination behind a router by the scope.
    const bool is_neighbour = route.type == RouteType::unicast && !route.via;
    header.rtm_scope = is_neighbour ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    header.rtm_protocol = RTPROT_STATIC;
  }
  return header;
}

void put_via(Message& message, const Address& via, Family family) {
  if (via.family == family) {
    message.put(RTA_GATEWAY, via);
    return;
  }
  // struct rtvia: the next hop's family, then its address.
  std::array<std::byte, 18> bytes{};
  const std::uint16_t number = family_number(via.family);
  std::memcpy(bytes.data(), &number, sizeof number);
  std::memcpy(bytes.data() + sizeof number, via.bytes.data(), via.size());
  message.put_bytes(RTA_VIA, bytes.data(), sizeof number + via.size());
}

std::uint32_t device_index(const Route& route, const std::string& attempt) {
  try {
    return index_of(route.device);
  } catch (const Error& error) {
    throw Error(attempt + ": " + error.what());
  }
}

Request build(const Route& route, int type, int flags, std::string_view verb) {
  const std::string attempt = fmt::format("{} route {}", verb, to_text(route));
  const bool deletes = type == RTM_DELROUTE;
  Message message(type, flags);
  message.header(route_header(route, deletes));
  message.put(RTA_TABLE, route.table).put(RTA_DST, route.destination.network().address);
  if (route.metric != 0) message.put(RTA_PRIORITY, route.metric);
  if (route.via) put_via(message, *route.via, route.destination.address.family);
  if (!route.device.empty()) message.put(RTA_OIF, device_index(route, attempt));
  if (!deletes) {
    if (route.source) message.put(RTA_PREFSRC, *route.source);
    put_encapsulation(message, route.encapsulation);
  }
  return message.request(attempt);
}

struct EncapsulationText {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(const Seg6Encap& encap) const {
    std::string segments;
    for (const Address& segment : encap.segments) segments += (segments.empty() ? "" : ",") + to_text(segment);
    return fmt::format(" encap seg6 mode {} segs {}", encap.reduced ? "encap.red" : "encap", segments);
  }
  std::string operator()(const Seg6EndDt6& end) const {
    return fmt::format(" encap seg6local action End.DT6 table {}", end.table);
  }
  std::string operator()(const Seg6EndDx4& end) const {
    return fmt::format(" encap seg6local action End.DX4 nh4 {}", to_text(end.next_hop));
  }
  std::string operator()(const Seg6End&) const { return " encap seg6local action End"; }
};

std::string_view type_text(RouteType type) noexcept {
  switch (type) {
    case RouteType::unicast:
      return "";
    case RouteType::blackhole:
      return "blackhole ";
    case RouteType::unreachable:
      return "unreachable ";
    case RouteType::throw_:
      return "throw ";
  }
  return "";
}

}  // namespace

Request add_route(const Route& route) { return build(route, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, "add"); }

Request replace_route(const Route& route) {
  return build(route, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, "replace");
}

Request delete_route(const Route& route) { return build(route, RTM_DELROUTE, 0, "delete"); }

std::string to_text(const Route& route) {
  std::string text = fmt::format("{}{}", type_text(route.type), to_text(route.destination.network()));
  text += std::visit(EncapsulationText{}, route.encapsulation);
  if (route.via) {
    const bool foreign = route.via->family != route.destination.address.family;
    text += fmt::format(" via {}{}", foreign ? "inet6 " : "", to_text(*route.via));
  }
  if (!route.device.empty()) text += " dev " + route.device;
  if (route.table != RT_TABLE_MAIN) text += fmt::format(" table {}", route.table);
  if (route.source) text += " src " + to_text(*route.source);
  if (route.metric != 0) text += fmt::format(" metric {}", route.metric);
  if (route.onlink) text += " onlink";
  return text;
}

}  // namespace segue::netlink
