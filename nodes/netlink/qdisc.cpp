#include "nodes/netlink/qdisc.hpp"

#include <fmt/format.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "nodes/netlink/message.hpp"

namespace segue::netlink {

namespace {

tcmsg at_root(std::uint32_t index) {
  tcmsg header{};
  header.tcm_ifindex = static_cast<int>(index);
  header.tcm_parent = TC_H_ROOT;
  return header;
}

}  // namespace

Request set_noqueue(std::uint32_t index) {
  return Message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE)
      .header(at_root(index))
      .put_text(TCA_KIND, "noqueue")
      .request(fmt::format("take the queue off interface {}", index));
}

Request delete_qdisc(std::uint32_t index) {
  return Message(RTM_DELQDISC)
      .header(at_root(index))
      .request(fmt::format("delete the root qdisc of interface {}", index));
}

std::vector<Qdisc> list_qdiscs(Socket& socket) {
  const auto answer = socket.dump(Message(RTM_GETQDISC, NLM_F_DUMP).header(tcmsg{}).request("list qdiscs"));
  std::vector<Qdisc> qdiscs;
  for_each_message(answer, [&](const nlmsghdr& message) {
    if (message.nlmsg_type != RTM_NEWQDISC) return;
    const auto [header, attributes] = payload_of<tcmsg>(message);
    qdiscs.push_back({.index = static_cast<std::uint32_t>(header.tcm_ifindex),
                      .kind = attributes.text(TCA_KIND),
                      .handle = header.tcm_handle,
                      .parent = header.tcm_parent});
  });
  return qdiscs;
}

}  // namespace segue::netlink
