#include "nodes/link/netem_statistics.hpp"

#include <doctest/doctest.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <cstring>
#include <vector>

using namespace segue::link;

namespace {

using Buffer = std::vector<std::byte>;

template <typename Value>
void append(Buffer& buffer, const Value& value) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&value);
  buffer.insert(buffer.end(), bytes, bytes + sizeof value);
  buffer.resize(NLMSG_ALIGN(buffer.size()));
}

void append_attribute(Buffer& buffer, unsigned short type, const Buffer& payload) {
  append(buffer, rtattr{static_cast<unsigned short>(sizeof(rtattr) + payload.size()), type});
  buffer.insert(buffer.end(), payload.begin(), payload.end());
  buffer.resize(NLMSG_ALIGN(buffer.size()));
}

template <typename Value>
Buffer bytes_of(const Value& value) {
  Buffer buffer;
  append(buffer, value);
  return buffer;
}

Buffer qdisc_message(int index, std::uint32_t parent, std::uint32_t drops = 7) {
  Buffer nest;
  append_attribute(nest, TCA_STATS_BASIC, bytes_of(gnet_stats_basic{.bytes = 5000, .packets = 40}));
  append_attribute(
      nest, TCA_STATS_QUEUE,
      bytes_of(gnet_stats_queue{.qlen = 3, .backlog = 300, .drops = drops, .requeues = 2, .overlimits = 0}));
  Buffer body;
  tcmsg header{};
  header.tcm_ifindex = index;
  header.tcm_parent = parent;
  append(body, header);
  append_attribute(body, TCA_STATS2, nest);
  Buffer message;
  append(message, nlmsghdr{static_cast<std::uint32_t>(sizeof(nlmsghdr) + body.size()), RTM_NEWQDISC, 0, 0, 0});
  message.insert(message.end(), body.begin(), body.end());
  return message;
}

}  // namespace

TEST_CASE("the counters of the qdiscs of one interface are found among others") {
  Buffer answer = qdisc_message(3, TC_H_ROOT);
  for (const Buffer& more : {qdisc_message(4, TC_H_ROOT), qdisc_message(4, 0x10001, 5), qdisc_message(4, 0x20001, 4)}) {
    answer.insert(answer.end(), more.begin(), more.end());
  }
  const auto found = decode_statistics(answer, 4);
  REQUIRE(found.has_value());
  CHECK(found->root.bytes == 5000);
  CHECK(found->root.packets == 40);
  CHECK(found->root.drops == 7);
  CHECK(found->root.requeues == 2);
  CHECK(found->root.held == 3);
  CHECK(found->below.drops == 5);
  CHECK(decode_statistics(answer, 3)->below.drops == 0);
  CHECK_FALSE(decode_statistics(answer, 5).has_value());
}

TEST_CASE("an answer cut short anywhere is read without reading past its end") {
  const Buffer whole = qdisc_message(4, TC_H_ROOT);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Buffer cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(decode_statistics(cut, 4).has_value());
  }
}

TEST_CASE("the dump asks for qdiscs") {
  const auto request = qdisc_dump();
  nlmsghdr header;
  std::memcpy(&header, request.message().data(), sizeof header);
  CHECK(header.nlmsg_len == request.message().size());
  CHECK(header.nlmsg_type == RTM_GETQDISC);
  CHECK((header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP);
}
