// Queueing disciplines at the root of an interface.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nodes/netlink/socket.hpp"

namespace segue::netlink {

struct Qdisc {
  std::uint32_t index = 0;   // of the interface
  std::string kind{};        // "netem", "fq_codel"
  std::uint32_t handle = 0;  // 0: put there by the kernel
  std::uint32_t parent = 0;  // 0xffffffff: root
};

// None at all: what is sent goes to the driver at once. In front of the interface's first set_up() it saves the kernel
// making the default one.
Request set_noqueue(std::uint32_t index);
Request delete_qdisc(std::uint32_t index);  // the root's; the kernel's default comes back
std::vector<Qdisc> list_qdiscs(Socket& socket);

}  // namespace segue::netlink
