// SRv6 as the attributes of a route. libnl 3.7 has none of it. Not for other folders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "nodes/netlink/message.hpp"
#include "nodes/netlink/route.hpp"

namespace segue::netlink {

using Encapsulation = decltype(Route::encapsulation);

// Adds RTA_ENCAP_TYPE and RTA_ENCAP; nothing for monostate.
void put_encapsulation(Message& message, const Encapsulation& encapsulation);

// `type` is RTA_ENCAP_TYPE's value, `bytes` RTA_ENCAP's payload. Monostate for what Route does not know.
Encapsulation decode_encapsulation(std::uint16_t type, std::span<const std::byte> bytes);

}  // namespace segue::netlink
