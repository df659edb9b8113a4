// Interfaces: veth pairs, and what there is to set on any interface.
//
// Names are up to 15 bytes. Functions that take a namespace descriptor take -1 for the namespace of the socket.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/netlink/socket.hpp"

namespace segue::netlink {

struct Mac {
  std::array<std::uint8_t, 6> bytes{};
  friend auto operator<=>(const Mac&, const Mac&) = default;
};
std::string to_text(const Mac& mac);  // "02:00:00:00:00:01"

struct VethEnd {
  std::string name{};
  int space = -1;            // a namespace's descriptor
  std::optional<Mac> mac{};  // none: the kernel's choice, at random
  std::uint32_t index = 0;   // 0: the kernel's choice. One chosen here can be used by later requests of a batch.
  std::uint32_t mtu = 0;     // 0: the pair's
};

struct Veth {
  VethEnd near{};
  VethEnd far{};
  std::uint32_t mtu = 1500;
  bool near_up = true;
};

// Both ends with everything set, in one message, but that the far one is down: the kernel does not let it up before the
// near one exists. It is for set_up() through a socket of its own namespace, in front of its addresses in their batch.
// The link carries packets once the kernel has noticed its carrier, a moment later: find_interface() of both ends makes
// it notice.
Request create_veth(const Veth& veth);

Request set_up(std::uint32_t index);
Request set_up(std::string_view name);
Request set_down(std::uint32_t index);
// Whether it is operational (RFC 2863, ifOperStatus "up") or "dormant", as an access link is to whose network a station
// does not belong: programs are told, and see IFF_RUNNING go and come. Addresses, routes and neighbours stay, and so do
// packets.
Request set_operational(std::uint32_t index, bool operational);
Request set_mtu(std::uint32_t index, std::uint32_t mtu);
Request set_mac(std::uint32_t index, const Mac& mac);
// Packets that a TAP holds until they are read; more are dropped by the kernel unseen.
Request set_queue_length(std::uint32_t index, std::uint32_t packets);
Request rename_interface(std::uint32_t index, std::string_view name);
Request move_interface(std::uint32_t index, int space);
Request delete_interface(std::string_view name);

struct Interface {
  std::uint32_t index = 0;
  std::string name{};
  Mac mac{};
  std::uint32_t mtu = 0;
  bool up = false;       // set up by its administrator
  bool running = false;  // and has a carrier, and is not dormant
  std::string kind{};    // "veth", "tun"; empty for loopback and hardware
};

std::vector<Interface> list_interfaces(Socket& socket);

// Nothing if there is none. Kernels from 6.9 on let no packet be lost to a carrier not yet noticed after this call.
std::optional<Interface> find_interface(Socket& socket, std::string_view name);

// In the calling thread's namespace. Throws Error: `no interface "mn-ar1" in this namespace`.
std::uint32_t index_of(const std::string& name);

constexpr std::uint32_t loopback_index = 1;  // in every namespace

}  // namespace segue::netlink
