// Neighbours: which link-layer address an IP address on the link has.
#pragma once

#include <cstdint>
#include <vector>

#include "nodes/base/ip.hpp"
#include "nodes/netlink/interface.hpp"
#include "nodes/netlink/socket.hpp"

namespace segue::netlink {

struct Neighbour {
  std::uint32_t index = 0;  // of the interface
  Address address{};
  Mac mac{};
  bool permanent = true;  // never asked for again, never forgotten
  friend bool operator==(const Neighbour&, const Neighbour&) = default;
};

// Permanent. Replaces what is known of `address`.
Request replace_neighbour(std::uint32_t index, const Address& address, const Mac& mac);
Request delete_neighbour(std::uint32_t index, const Address& address);
std::vector<Neighbour> list_neighbours(Socket& socket, Family family);  // those whose link-layer address is known

}  // namespace segue::netlink
