#include "nodes/netlink/address.hpp"

#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "nodes/netlink/message.hpp"

namespace segue::netlink {
namespace {

Message& fill(Message& message, std::uint32_t index, const Prefix& prefix, const std::optional<Address>& peer) {
  ifaddrmsg header{};
  header.ifa_family = family_number(prefix.address.family);
  header.ifa_prefixlen = prefix.length;
  header.ifa_index = index;
  return message.header(header).put(IFA_LOCAL, prefix.address).put(IFA_ADDRESS, peer.value_or(prefix.address));
}

std::optional<InterfaceAddress> decode(const nlmsghdr& message) {
  if (message.nlmsg_type != RTM_NEWADDR) return std::nullopt;
  const auto [header, attributes] = payload_of<ifaddrmsg>(message);
  const auto family = family_of(header.ifa_family);
  if (!family) return std::nullopt;
  // Without a peer IPv6 has the address in IFA_ADDRESS only; IPv4 has it in both.
  const auto remote = attributes.address(IFA_ADDRESS, *family);
  const auto local = attributes.address(IFA_LOCAL, *family);
  if (!remote && !local) return std::nullopt;
  InterfaceAddress found{.index = header.ifa_index, .prefix = {local ? *local : *remote, header.ifa_prefixlen}};
  if (local && remote && *local != *remote) found.peer = remote;
  const std::uint32_t flags = attributes.get<std::uint32_t>(IFA_FLAGS).value_or(header.ifa_flags);
  found.tentative = (flags & IFA_F_TENTATIVE) != 0;
  return found;
}

}  // namespace

Request add_address(std::uint32_t index, const Prefix& prefix, const AddressOptions& options) {
  Message message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  fill(message, index, prefix, options.peer);
  std::uint32_t flags = IFA_F_PERMANENT;
  if (options.nodad && prefix.address.family == Family::ipv6) flags |= IFA_F_NODAD;
  if (options.noprefixroute) flags |= IFA_F_NOPREFIXROUTE;
  message.put(IFA_FLAGS, flags);
  return message.request(fmt::format("add address {} to interface {}", to_text(prefix), index));
}

Request delete_address(std::uint32_t index, const Prefix& prefix) {
  Message message(RTM_DELADDR);
  ifaddrmsg header{};
  header.ifa_family = family_number(prefix.address.family);
  header.ifa_prefixlen = prefix.length;
  header.ifa_index = index;
  message.header(header).put(IFA_LOCAL, prefix.address);
  return message.request(fmt::format("delete address {} from interface {}", to_text(prefix), index));
}

std::vector<InterfaceAddress> list_addresses(Socket& socket, Family family) {
  ifaddrmsg header{};
  header.ifa_family = family_number(family);
  const auto answer = socket.dump(Message(RTM_GETADDR, NLM_F_DUMP).header(header).request("list addresses"));
  std::vector<InterfaceAddress> addresses;
  for_each_message(answer, [&](const nlmsghdr& message) {
    if (auto found = decode(message)) addresses.push_back(*found);
  });
  return addresses;
}

}  // namespace segue::netlink
