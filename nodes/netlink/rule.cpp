#include "nodes/netlink/rule.hpp"

#include <fmt/format.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "nodes/netlink/message.hpp"

namespace segue::netlink {
namespace {

Request build(const Rule& rule, int type, int flags, std::string_view verb) {
  fib_rule_hdr header{};
  header.family = family_number(rule.family);
  header.action = FR_ACT_TO_TBL;
  header.table = rule.table < 256 ? static_cast<std::uint8_t>(rule.table) : std::uint8_t{RT_TABLE_UNSPEC};
  header.src_len = rule.from ? rule.from->length : 0;
  header.dst_len = rule.to ? rule.to->length : 0;
  Message message(type, flags);
  message.header(header).put(FRA_TABLE, rule.table).put(FRA_PRIORITY, rule.priority);
  if (rule.from) message.put(FRA_SRC, rule.from->network().address);
  if (rule.to) message.put(FRA_DST, rule.to->network().address);
  if (!rule.iif.empty()) message.put_text(FRA_IIFNAME, rule.iif);
  if (rule.mark != 0) message.put(FRA_FWMARK, rule.mark);
  return message.request(fmt::format("{} rule {}", verb, to_text(rule)));
}

std::optional<Rule> decode(const nlmsghdr& message) {
  if (message.nlmsg_type != RTM_NEWRULE) return std::nullopt;
  const auto [header, attributes] = payload_of<fib_rule_hdr>(message);
  const auto family = family_of(header.family);
  if (!family || header.action != FR_ACT_TO_TBL) return std::nullopt;
  Rule rule{.family = *family};
  if (const auto from = attributes.address(FRA_SRC, *family)) rule.from = Prefix{*from, header.src_len};
  if (const auto to = attributes.address(FRA_DST, *family)) rule.to = Prefix{*to, header.dst_len};
  rule.iif = attributes.text(FRA_IIFNAME);
  rule.mark = attributes.get<std::uint32_t>(FRA_FWMARK).value_or(0);
  rule.table = attributes.get<std::uint32_t>(FRA_TABLE).value_or(header.table);
  rule.priority = attributes.get<std::uint32_t>(FRA_PRIORITY).value_or(0);
  return rule;
}

}  // namespace

Request add_rule(const Rule& rule) { return build(rule, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, "add"); }
Request delete_rule(const Rule& rule) { return build(rule, RTM_DELRULE, 0, "delete"); }

std::vector<Rule> list_rules(Socket& socket, Family family) {
  fib_rule_hdr header{};
  header.family = family_number(family);
  const auto answer = socket.dump(Message(RTM_GETRULE, NLM_F_DUMP).header(header).request("list rules"));
  std::vector<Rule> rules;
  for_each_message(answer, [&](const nlmsghdr& message) {
    if (auto rule = decode(message)) rules.push_back(std::move(*rule));
  });
  return rules;
}

std::string to_text(const Rule& rule) {
  std::string text = fmt::format("from {}", rule.from ? to_text(rule.from->network()) : "all");
  if (rule.to) text += fmt::format(" to {}", to_text(rule.to->network()));
  if (!rule.iif.empty()) text += fmt::format(" iif {}", rule.iif);
  if (rule.mark != 0) text += fmt::format(" fwmark {:#x}", rule.mark);
  return text + fmt::format(" lookup {} priority {}", rule.table, rule.priority);
}

}  // namespace segue::netlink
