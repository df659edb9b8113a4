#include "nodes/netlink/neighbour.hpp"

#include <fmt/format.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "nodes/netlink/message.hpp"

namespace segue::netlink {
namespace {

ndmsg neighbour_header(std::uint32_t index, Family family) {
  ndmsg header{};
  header.ndm_family = family_number(family);
  header.ndm_ifindex = static_cast<int>(index);
  header.ndm_state = NUD_PERMANENT;
  header.ndm_type = RTN_UNICAST;
  return header;
}

std::optional<Neighbour> decode(const nlmsghdr& message) {
  if (message.nlmsg_type != RTM_NEWNEIGH) return std::nullopt;
  const auto [header, attributes] = payload_of<ndmsg>(message);
  const auto family = family_of(header.ndm_family);
  if (!family || (header.ndm_state & NUD_NOARP) != 0) return std::nullopt;
  const auto address = attributes.address(NDA_DST, *family);
  const auto mac = attributes.at(NDA_LLADDR);
  if (!address || mac.size() != sizeof(Mac::bytes)) return std::nullopt;
  Neighbour found{.index = static_cast<std::uint32_t>(header.ndm_ifindex), .address = *address, .mac = {}};
  std::memcpy(found.mac.bytes.data(), mac.data(), mac.size());
  found.permanent = (header.ndm_state & NUD_PERMANENT) != 0;
  return found;
}

}  // namespace

Request replace_neighbour(std::uint32_t index, const Address& address, const Mac& mac) {
  return Message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE)
      .header(neighbour_header(index, address.family))
      .put(NDA_DST, address)
      .put(NDA_LLADDR, mac.bytes)
      .request(fmt::format("replace neighbour {} at {} on interface {}", to_text(address), to_text(mac), index));
}

Request delete_neighbour(std::uint32_t index, const Address& address) {
  return Message(RTM_DELNEIGH)
      .header(neighbour_header(index, address.family))
      .put(NDA_DST, address)
      .request(fmt::format("delete neighbour {} on interface {}", to_text(address), index));
}

std::vector<Neighbour> list_neighbours(Socket& socket, Family family) {
  ndmsg header{};
  header.ndm_family = family_number(family);
  const auto answer = socket.dump(Message(RTM_GETNEIGH, NLM_F_DUMP).header(header).request("list neighbours"));
  std::vector<Neighbour> neighbours;
  for_each_message(answer, [&](const nlmsghdr& message) {
    if (auto found = decode(message)) neighbours.push_back(*found);
  });
  return neighbours;
}

}  // namespace segue::netlink
