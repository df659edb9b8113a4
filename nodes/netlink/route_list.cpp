#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <unordered_map>

#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/route.hpp"
#include "nodes/netlink/seg6.hpp"

namespace segue::netlink {
namespace {

constexpr std::uint32_t default_ipv6_metric = 1024;

using Names = std::unordered_map<std::uint32_t, std::string>;

std::optional<RouteType> type_of(unsigned char number) noexcept {
  switch (number) {
    case RTN_UNICAST:
      return RouteType::unicast;
    case RTN_BLACKHOLE:
      return RouteType::blackhole;
    case RTN_UNREACHABLE:
      return RouteType::unreachable;
    case RTN_THROW:
      return RouteType::throw_;
    default:
      return std::nullopt;
  }
}

std::optional<Address> via_of(const Attributes& attributes, Family family) {
  const auto other = attributes.at(RTA_VIA);
  if (other.empty()) return attributes.address(RTA_GATEWAY, family);
  const auto number = *attributes.get<std::uint16_t>(RTA_VIA);
  const auto via_family = family_of(static_cast<std::uint8_t>(number));
  if (!via_family) return std::nullopt;
  Address via{.family = *via_family};
  if (other.size() < sizeof number + via.size()) throw Error("read a route: its next hop is cut off");
  std::memcpy(via.bytes.data(), other.data() + sizeof number, via.size());
  return via;
}

// What a route with one next hop and each hop of a route with several have in common.
void read_hop(Route& route, const Attributes& attributes, std::uint32_t index, unsigned flags, const Names& names) {
  route.via = via_of(attributes, route.destination.address.family);
  if (const auto name = names.find(index); name != names.end()) route.device = name->second;
  route.onlink = (flags & RTNH_F_ONLINK) != 0;
  if (const auto type = attributes.get<std::uint16_t>(RTA_ENCAP_TYPE)) {
    route.encapsulation = decode_encapsulation(*type, attributes.at(RTA_ENCAP));
  }
}

void read_hops(const Route& common, std::span<const std::byte> hops, const Names& names, std::vector<Route>& routes) {
  while (hops.size() >= sizeof(rtnexthop)) {
    rtnexthop hop;
    std::memcpy(&hop, hops.data(), sizeof hop);
    if (hop.rtnh_len < sizeof hop || hop.rtnh_len > hops.size()) throw Error("read a route: a next hop is cut off");
    const Attributes attributes(hops.subspan(sizeof hop, hop.rtnh_len - sizeof hop));
    read_hop(routes.emplace_back(common), attributes, static_cast<std::uint32_t>(hop.rtnh_ifindex), hop.rtnh_flags,
             names);
    hops = hops.subspan(std::min<std::size_t>(RTNH_ALIGN(hop.rtnh_len), hops.size()));
  }
}

void decode(const nlmsghdr& message, std::uint32_t table, const Names& names, std::vector<Route>& routes) {
  if (message.nlmsg_type != RTM_NEWROUTE) return;
  const auto [header, attributes] = payload_of<rtmsg>(message);
  const auto family = family_of(header.rtm_family);
  const auto type = type_of(header.rtm_type);
  if (!family || !type || (header.rtm_flags & RTM_F_CLONED) != 0) return;
  Route route;
  route.destination.address = attributes.address(RTA_DST, *family).value_or(Address{.family = *family});
  route.destination.length = header.rtm_dst_len;
  route.type = *type;
  route.table = attributes.get<std::uint32_t>(RTA_TABLE).value_or(header.rtm_table);
  if (route.table != table) return;  // a kernel before 4.20 sends them all
  route.metric = attributes.get<std::uint32_t>(RTA_PRIORITY).value_or(0);
  if (*family == Family::ipv6 && route.metric == default_ipv6_metric) route.metric = 0;
  route.source = attributes.address(RTA_PREFSRC, *family);
  if (attributes.has(RTA_MULTIPATH)) {
    read_hops(route, attributes.at(RTA_MULTIPATH), names, routes);
    return;
  }
  // IPv6 shows the loopback interface as the device of a blackhole and its like.
  const std::uint32_t index = *type == RouteType::unicast ? attributes.get<std::uint32_t>(RTA_OIF).value_or(0) : 0;
  read_hop(route, attributes, index, header.rtm_flags, names);
  routes.push_back(std::move(route));
}

std::vector<std::byte> dump_table(Socket& socket, Family family, std::uint32_t table) {
  rtmsg header{};
  header.rtm_family = family_number(family);
  header.rtm_table = table < 256 ? static_cast<unsigned char>(table) : std::uint8_t{RT_TABLE_UNSPEC};
  try {
    return socket.dump(Message(RTM_GETROUTE, NLM_F_DUMP)
                           .header(header)
                           .put(RTA_TABLE, table)
                           .request(fmt::format("list the routes of table {}", table)));
  } catch (const KernelError& error) {
    if (error.error() == ENOENT) return {};  // a table comes into being with its first route
    throw;
  }
}

}  // namespace

std::vector<Route> list_routes(Socket& socket, Family family, std::uint32_t table) {
  Names names;
  for (auto& interface : list_interfaces(socket)) names.emplace(interface.index, std::move(interface.name));
  const auto answer = dump_table(socket, family, table);
  std::vector<Route> routes;
  for_each_message(answer, [&](const nlmsghdr& message) { decode(message, table, names, routes); });
  return routes;
}

}  // namespace segue::netlink
