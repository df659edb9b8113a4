// Rules of policy routing: which table a packet's route is looked up in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nodes/base/ip.hpp"
#include "nodes/netlink/socket.hpp"

namespace segue::netlink {

struct Rule {
  Family family = Family::ipv6;
  std::optional<Prefix> from{};  // none: all
  std::optional<Prefix> to{};    // none: all
  std::string iif{};             // arriving interface; "": any
  std::uint32_t mark = 0;        // of the packet (SO_MARK); 0: any
  std::uint32_t table = 254;
  std::uint32_t priority = 0;  // the lower is asked first
  friend bool operator==(const Rule&, const Rule&) = default;
};

Request add_rule(const Rule& rule);
Request delete_rule(const Rule& rule);
std::vector<Rule> list_rules(Socket& socket, Family family);  // those that lead to a table
std::string to_text(const Rule& rule);                        // "from fd00::/64 iif lo lookup 100 priority 10"

}  // namespace segue::netlink
