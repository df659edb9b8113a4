// Addresses of interfaces.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "nodes/base/ip.hpp"
#include "nodes/netlink/socket.hpp"

namespace segue::netlink {

struct AddressOptions {
  bool nodad = true;              // IPv6: usable at once, without duplicate address detection
  bool noprefixroute = false;     // no route to the prefix comes with it
  std::optional<Address> peer{};  // the other end of a point-to-point link
};

// `prefix` is the address with the length of its network.
Request add_address(std::uint32_t index, const Prefix& prefix, const AddressOptions& options = {});
Request delete_address(std::uint32_t index, const Prefix& prefix);

struct InterfaceAddress {
  std::uint32_t index = 0;
  Prefix prefix{};
  std::optional<Address> peer{};
  bool tentative = false;  // detection still runs: not usable yet
};

std::vector<InterfaceAddress> list_addresses(Socket& socket, Family family);

}  // namespace segue::netlink
