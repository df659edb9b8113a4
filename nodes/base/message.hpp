// What the kernel says beside a message that recvmsg() has brought.
#pragma once

#include <sys/socket.h>
#include <time.h>

#include <cstring>
#include <optional>

#include "nodes/base/clock.hpp"
#include "nodes/base/error.hpp"

namespace segue {

// One part of its ancillary data; nothing if there is none of this type.
template <typename Kind>
std::optional<Kind> control_part(msghdr& message, int level, int type) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != level || part->cmsg_type != type) continue;
    Kind value{};
    std::memcpy(&value, CMSG_DATA(part), sizeof value);
    return value;
  }
  return std::nullopt;
}

// From now on the kernel stamps what comes to a socket. Throws Error.
inline void ask_for_stamps(int socket) {
  const int on = 1;
  check(::setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on), "ask for receive time stamps");
}

// When it arrived, on a socket that has asked for stamps. The kernel stamps whatever it gives to such a one.
inline Instant arrival_of(msghdr& message) {
  const auto stamp = control_part<timespec>(message, SOL_SOCKET, SCM_TIMESTAMPNS);
  return stamp ? from_realtime_stamp(*stamp) : now();
}

}  // namespace segue
