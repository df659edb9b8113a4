#include "nodes/link/netem_statistics.hpp"

#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "nodes/netlink/netem.hpp"

namespace segue::link {
namespace {

using Bytes = std::span<const std::byte>;

// Calls `visit(type, payload)` for each attribute; stops at the first that does not fit.
template <typename Visit>
void for_each_attribute(Bytes bytes, Visit visit) {
  while (bytes.size() >= sizeof(rtattr)) {
    rtattr attribute;
    std::memcpy(&attribute, bytes.data(), sizeof attribute);
    if (attribute.rta_len < sizeof attribute || attribute.rta_len > bytes.size()) return;
    visit(attribute.rta_type & NLA_TYPE_MASK, bytes.subspan(sizeof attribute, attribute.rta_len - sizeof attribute));
    bytes = bytes.subspan(std::min<std::size_t>(RTA_ALIGN(attribute.rta_len), bytes.size()));
  }
}

// The kernel may have a shorter or a longer structure than these headers.
template <typename Value>
Value read(Bytes payload) {
  Value value{};
  std::memcpy(&value, payload.data(), std::min(payload.size(), sizeof value));
  return value;
}

QdiscStatistics read_statistics(Bytes nest) {
  QdiscStatistics statistics;
  for_each_attribute(nest, [&](int type, Bytes payload) {
    if (type == TCA_STATS_BASIC) {
      const auto basic = read<gnet_stats_basic>(payload);
      statistics.bytes = basic.bytes;
      if (statistics.packets == 0) statistics.packets = basic.packets;
    } else if (type == TCA_STATS_PKT64) {
      statistics.packets = read<std::uint64_t>(payload);
    } else if (type == TCA_STATS_QUEUE) {
      const auto queue = read<gnet_stats_queue>(payload);
      statistics.drops = queue.drops;
      statistics.requeues = queue.requeues;
      statistics.held = queue.qlen;
    }
  });
  return statistics;
}

}  // namespace

netlink::Request qdisc_dump() {
  struct {
    nlmsghdr header{};
    tcmsg body{};
  } message;
  message.header.nlmsg_len = sizeof message;
  message.header.nlmsg_type = RTM_GETQDISC;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  message.body.tcm_family = AF_UNSPEC;
  const auto* bytes = reinterpret_cast<const std::byte*>(&message);
  return {"read the counters of qdiscs", {bytes, bytes + sizeof message}};
}

std::optional<LinkStatistics> decode_statistics(Bytes answer, std::uint32_t index) {
  std::optional<QdiscStatistics> root;
  std::optional<QdiscStatistics> below;
  while (answer.size() >= sizeof(nlmsghdr) + sizeof(tcmsg)) {
    nlmsghdr header;
    std::memcpy(&header, answer.data(), sizeof header);
    if (header.nlmsg_len < sizeof(nlmsghdr) + sizeof(tcmsg) || header.nlmsg_len > answer.size()) break;
    tcmsg body;
    std::memcpy(&body, answer.data() + sizeof header, sizeof body);
    if (header.nlmsg_type == RTM_NEWQDISC && body.tcm_ifindex == static_cast<int>(index)) {
      const std::size_t start = sizeof header + sizeof body;
      for_each_attribute(answer.subspan(start, header.nlmsg_len - start), [&](int type, Bytes payload) {
        if (type != TCA_STATS2) return;
        if (body.tcm_parent == TC_H_ROOT) root = read_statistics(payload);
        if (body.tcm_parent == netlink::netem_below_parent) below = read_statistics(payload);
      });
    }
    answer = answer.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), answer.size()));
  }
  if (!root) return std::nullopt;
  return LinkStatistics{*root, below.value_or(QdiscStatistics{})};
}

}  // namespace segue::link
