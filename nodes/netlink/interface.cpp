#include "nodes/netlink/interface.hpp"

#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include <cerrno>

#include "nodes/netlink/message.hpp"

namespace segue::netlink {
namespace {

ifinfomsg link_header(std::uint32_t index, unsigned flags = 0, unsigned change = 0) {
  ifinfomsg header{};
  header.ifi_family = AF_UNSPEC;
  header.ifi_index = static_cast<int>(index);
  header.ifi_flags = flags;
  header.ifi_change = change;
  return header;
}

void check_name(std::string_view name) {
  if (name.empty() || name.size() >= IFNAMSIZ) {
    throw Error(fmt::format("interface \"{}\": a name has 1 to {} bytes", name, IFNAMSIZ - 1));
  }
}

void put_end(Message& message, const VethEnd& end, std::uint32_t mtu) {
  check_name(end.name);
  message.put_text(IFLA_IFNAME, end.name).put(IFLA_MTU, end.mtu != 0 ? end.mtu : mtu);
  if (end.mac) message.put(IFLA_ADDRESS, end.mac->bytes);
  if (end.space >= 0) message.put(IFLA_NET_NS_FD, static_cast<std::uint32_t>(end.space));
}

std::optional<Interface> decode(const nlmsghdr& message) {
  if (message.nlmsg_type != RTM_NEWLINK) return std::nullopt;
  const auto [header, attributes] = payload_of<ifinfomsg>(message);
  Interface found;
  found.index = static_cast<std::uint32_t>(header.ifi_index);
  found.name = attributes.text(IFLA_IFNAME);
  if (attributes.at(IFLA_ADDRESS).size() == sizeof found.mac.bytes) {
    found.mac.bytes = *attributes.get<std::array<std::uint8_t, 6>>(IFLA_ADDRESS);
  }
  found.mtu = attributes.get<std::uint32_t>(IFLA_MTU).value_or(0);
  found.up = (header.ifi_flags & IFF_UP) != 0;
  found.running = (header.ifi_flags & IFF_RUNNING) != 0;
  if (attributes.has(IFLA_LINKINFO)) found.kind = Attributes(attributes.at(IFLA_LINKINFO)).text(IFLA_INFO_KIND);
  return found;
}

}  // namespace

std::string to_text(const Mac& mac) { return fmt::format("{:02x}", fmt::join(mac.bytes, ":")); }

Request create_veth(const Veth& veth) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  const unsigned flags = veth.near_up ? IFF_UP : 0;
  message.header(link_header(veth.near.index, flags, flags));
  put_end(message, veth.near, veth.mtu);
  nlattr* info = message.begin(IFLA_LINKINFO);
  message.put_text(IFLA_INFO_KIND, "veth");
  nlattr* data = message.begin(IFLA_INFO_DATA);
  nlattr* peer = message.begin(VETH_INFO_PEER);
  message.header(link_header(veth.far.index));
  put_end(message, veth.far, veth.mtu);
  message.end(peer);
  message.end(data);
  message.end(info);
  return message.request(fmt::format("create veth {} with {}", veth.near.name, veth.far.name));
}

Request set_up(std::uint32_t index) {
  return Message(RTM_NEWLINK)
      .header(link_header(index, IFF_UP, IFF_UP))
      .request(fmt::format("set interface {} up", index));
}

Request set_up(std::string_view name) {
  check_name(name);
  return Message(RTM_NEWLINK)
      .header(link_header(0, IFF_UP, IFF_UP))
      .put_text(IFLA_IFNAME, name)
      .request(fmt::format("set interface {} up", name));
}

Request set_down(std::uint32_t index) {
  return Message(RTM_NEWLINK)
      .header(link_header(index, 0, IFF_UP))
      .request(fmt::format("set interface {} down", index));
}

// By the link mode the kernel keeps it dormant, whatever it has to say of the carrier meanwhile.
Request set_operational(std::uint32_t index, bool operational) {
  constexpr std::uint8_t mode_default = 0;  // IF_LINK_MODE_DEFAULT and _DORMANT of linux/if.h, which net/if.h excludes
  constexpr std::uint8_t mode_dormant = 1;
  constexpr std::uint8_t state_dormant = 5;  // IF_OPER_DORMANT
  constexpr std::uint8_t state_up = 6;       // IF_OPER_UP
  return Message(RTM_NEWLINK)
      .header(link_header(index))
      .put(IFLA_OPERSTATE, operational ? state_up : state_dormant)
      .put(IFLA_LINKMODE, operational ? mode_default : mode_dormant)
      .request(fmt::format("set interface {} {}", index, operational ? "operational" : "dormant"));
}

Request set_mtu(std::uint32_t index, std::uint32_t mtu) {
  return Message(RTM_NEWLINK)
      .header(link_header(index))
      .put(IFLA_MTU, mtu)
      .request(fmt::format("set the MTU of interface {} to {}", index, mtu));
}

Request set_mac(std::uint32_t index, const Mac& mac) {
  return Message(RTM_NEWLINK)
      .header(link_header(index))
      .put(IFLA_ADDRESS, mac.bytes)
      .request(fmt::format("set the address of interface {} to {}", index, to_text(mac)));
}

Request set_queue_length(std::uint32_t index, std::uint32_t packets) {
  return Message(RTM_NEWLINK)
      .header(link_header(index))
      .put(IFLA_TXQLEN, packets)
      .request(fmt::format("set the queue length of interface {} to {}", index, packets));
}

Request rename_interface(std::uint32_t index, std::string_view name) {
  check_name(name);
  return Message(RTM_NEWLINK)
      .header(link_header(index))
      .put_text(IFLA_IFNAME, name)
      .request(fmt::format("rename interface {} to {}", index, name));
}

Request move_interface(std::uint32_t index, int space) {
  return Message(RTM_NEWLINK)
      .header(link_header(index))
      .put(IFLA_NET_NS_FD, static_cast<std::uint32_t>(space))
      .request(fmt::format("move interface {} to another namespace", index));
}

Request delete_interface(std::string_view name) {
  check_name(name);
  return Message(RTM_DELLINK)
      .header(link_header(0))
      .put_text(IFLA_IFNAME, name)
      .request(fmt::format("delete interface {}", name));
}

std::vector<Interface> list_interfaces(Socket& socket) {
  const auto answer = socket.dump(Message(RTM_GETLINK, NLM_F_DUMP).header(link_header(0)).request("list interfaces"));
  std::vector<Interface> interfaces;
  for_each_message(answer, [&](const nlmsghdr& message) {
    if (auto found = decode(message)) interfaces.push_back(std::move(*found));
  });
  return interfaces;
}

std::optional<Interface> find_interface(Socket& socket, std::string_view name) {
  check_name(name);
  std::optional<Interface> found;
  try {
    const auto answer = socket.dump(Message(RTM_GETLINK)
                                        .header(link_header(0))
                                        .put_text(IFLA_IFNAME, name)
                                        .request(fmt::format("find interface {}", name)));
    for_each_message(answer, [&](const nlmsghdr& message) { found = decode(message); });
  } catch (const KernelError& error) {
    if (error.error() != ENODEV) throw;
  }
  return found;
}

std::uint32_t index_of(const std::string& name) {
  const unsigned index = ::if_nametoindex(name.c_str());
  if (index == 0) throw Error(fmt::format("no interface \"{}\" in this namespace", name));
  return index;
}

}  // namespace segue::netlink
