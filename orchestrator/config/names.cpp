#include "orchestrator/config/names.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "orchestrator/config/actors.hpp"
#include "orchestrator/config/expansion.hpp"

namespace segue::config {

namespace {

constexpr std::size_t longest = 15;  // of an interface

// They name things of the kernel (an interface, a folder of sysctls), of tcpdump or of every hosts file.
constexpr std::array<std::string_view, 7> reserved{"lo",        "all",           "default",     "any",
                                                   "localhost", "ip6-localhost", "ip6-loopback"};

bool is_allowed(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; }

// The IPv4 address for which programs take a name, without asking a hosts file: "7" is 0.0.0.7 to them. "" if none.
std::string address_in(const std::string& name) {
  in_addr address{};
  if (::inet_aton(name.c_str(), &address) == 0) return {};
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, &address, text.data(), text.size());
  return text.data();
}

}  // namespace

std::string fault_of_name(const std::string& name) {
  const bool good = !name.empty() && name.size() <= longest && std::all_of(name.begin(), name.end(), is_allowed);
  if (!good || name == "." || name == "..") {
    return fmt::format("a name has 1 to {} characters of a-z, 0-9, \".\", \"_\" and \"-\"", longest);
  }
  if (name.front() == '-') return "a name does not begin with \"-\": commands would take it for an option";
  return {};
}

std::string fault_of_node_name(const std::string& name) {
  if (auto fault = fault_of_name(name); !fault.empty()) return fault;
  const bool bound = (bound_name(name) != nullptr && !role_named(name)) ||
                     is_way_word(name);  // a role may well name the node that has it
  if (bound || std::find(reserved.begin(), reserved.end(), name) != reserved.end()) {
    return "this name has a meaning of its own; give the node another";
  }
  if (const auto address = address_in(name); !address.empty()) {
    return fmt::format("programs take this name for the address {}; begin it with a letter", address);
  }
  return {};
}

}  // namespace segue::config
